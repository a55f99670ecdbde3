//! Which annotations are compared.

/// One annotation, on every function of a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// None.
    Plain,
    /// `#[tracing::instrument]`.
    Instrument,
    /// `#[async_trait]`, on a trait and its impl, of which the functions are methods.
    AsyncTrait,
    /// `#[guarded(deps = ["a"])]`.
    Guarded,
}

impl Variant {
    /// Every one.
    pub(crate) const ALL: [Self; 4] = [
        Self::Plain,
        Self::Instrument,
        Self::AsyncTrait,
        Self::Guarded,
    ];

    /// What it is called in the table.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Plain => "no annotation",
            Self::Instrument => "`#[tracing::instrument]`",
            Self::AsyncTrait => "`#[async_trait]`",
            Self::Guarded => "`#[guarded(deps = [\"a\"])]`",
        }
    }

    /// What its crates are called.
    pub(super) const fn package(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Instrument => "instrument",
            Self::AsyncTrait => "async-trait",
            Self::Guarded => "guarded",
        }
    }

    /// What stands over each function.
    pub(super) const fn attribute(self) -> &'static str {
        match self {
            Self::Plain | Self::AsyncTrait => "",
            Self::Instrument => "#[tracing::instrument]\n",
            Self::Guarded => "#[health_runtime::guarded(deps = [\"a\"])]\n",
        }
    }
}
