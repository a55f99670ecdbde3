//! One test in both forms of a call.

/// Makes a module of two tests of a case: by name, and through the attribute in the global
/// registry, whose dependency bears the name of the case, so that no two tests meet.
macro_rules! in_both_forms {
    ($(#[$attr:meta])* $case:ident on $runtime:tt) => {
        mod $case {
            $(#[$attr])*
            use crate::subject::{Answer, ByName, Subject};

            const NAME: &str = stringify!($case);

            #[health_runtime::guarded(deps = [NAME])]
            async fn guarded<F: Future<Output = Answer> + Send + 'static>(body: F) -> Answer {
                body.await
            }

            #[derive(Clone)]
            struct Annotated;

            impl Subject for Annotated {
                const THRESHOLD: u32 = 5;

                fn registry(&self) -> &health_runtime::HealthRegistry {
                    health_runtime::HealthRegistry::global()
                }

                fn name(&self) -> &'static str {
                    NAME
                }

                fn call<F>(&self, body: F) -> impl Future<Output = Answer> + Send
                where
                    F: Future<Output = Answer> + Send + 'static,
                {
                    guarded(body)
                }
            }

            $crate::forms::in_both_forms!(@test $runtime by_name, super::$case(ByName::new()));
            $crate::forms::in_both_forms!(@test $runtime annotated, super::$case(Annotated));
        }
    };
    (@test paused_time $name:ident, $case:expr) => {
        #[tokio::test(start_paused = true)]
        async fn $name() {
            $case.await;
        }
    };
    (@test threads $name:ident, $case:expr) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            $case.await;
        }
    };
}
pub(crate) use in_both_forms;
