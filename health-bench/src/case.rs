//! One thing to measure.

/// Does something so many times. From several threads at once, where that is asked.
pub(crate) type Run = Box<dyn Fn(u64) + Send + Sync>;

/// The baseline of what is not compared with anything.
pub(crate) const NOTHING: &str = "";

/// One thing to measure.
pub(crate) struct Case {
    /// What it is called; no two have the same name.
    pub(crate) name: String,
    /// What it is compared with: the same work without protection, or [`NOTHING`].
    pub(crate) baseline: &'static str,
    /// Does it.
    pub(crate) run: Run,
}

impl Case {
    /// Names something to measure.
    pub(crate) fn new(
        name: impl Into<String>,
        baseline: &'static str,
        run: impl Fn(u64) + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            baseline,
            run: Box::new(run),
        }
    }
}
