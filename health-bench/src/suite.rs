//! Everything that is measured, and what came of it.

use std::collections::HashMap;
use std::time::Duration;

use crate::case::Case;
use crate::contender::{self, Contender, Entry};
use crate::measure::bytes::Bytes;
use crate::measure::contention::{Scaling, scaling};
use crate::measure::instructions;
use crate::measure::time::{self, Cost};
use crate::ours::futures::{self, FutureSize};
use crate::ours::{breaker, layers, store};
use crate::plain::{self, PLAIN};
use crate::{keys, peers};

/// Everything that is measured.
pub(crate) struct Suite {
    /// Who takes part, this library first.
    pub(crate) contenders: Vec<Entry>,
    /// The cases of those who keep a breaker for each key, this library's first.
    pub(crate) keyed: Vec<&'static str>,
    /// What runs in one go.
    cases: Vec<Case>,
    /// What runs apart from the rest.
    apart: Vec<Case>,
}

impl Suite {
    /// Makes every case. [`setup`](crate::ours::setup) has been called.
    ///
    /// # Errors
    ///
    /// Which case does not do what it is called.
    pub(crate) fn new() -> Result<Self, String> {
        let mut cases = plain::cases();
        let mut everybody: Vec<Contender> = vec![breaker::contender()?];
        everybody.extend(peers::all()?);
        let (contenders, of_contenders) = contender::cases(everybody);
        cases.extend(of_contenders);
        cases.extend(layers::cases());
        let mut keyed = vec![];
        for one in [store::keyed()].into_iter().chain(peers::keyed()) {
            keyed.push(one.name);
            cases.push(Case {
                name: one.name.to_owned(),
                baseline: PLAIN,
                run: one.known,
            });
        }
        // Whatever is made with the first use of a key.
        for case in &cases {
            (case.run)(keys::KNOWN as u64);
        }
        Ok(Self {
            contenders,
            keyed,
            cases,
            apart: store::cases(),
        })
    }

    /// Every case, in the order in which valgrind counts them.
    pub(crate) fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().chain(&self.apart)
    }

    /// Finds a case by its name.
    pub(crate) fn case(&self, name: &str) -> Option<&Case> {
        self.cases().find(|case| case.name == name)
    }

    /// Runs all cases in the way that valgrind counts them.
    pub(crate) async fn run_counted(&self) {
        for case in self.cases() {
            // The gate trusts nobody in a process whose background stands still.
            tokio::time::sleep(Duration::from_millis(5)).await;
            instructions::run_counted(case);
        }
    }

    /// Measures everything.
    pub(crate) async fn measure(self, say: impl Fn(&str)) -> Results {
        say("nanoseconds");
        let costs = self.costs(time::ROUNDS).await;
        say("two threads");
        let scaling = self.scaling();
        self.results(costs, scaling, say)
    }

    /// Measures what repeats exactly, and nothing else with care: a limit that depends on what else
    /// the machine does is no limit.
    pub(crate) async fn measure_exact(self, say: impl Fn(&str)) -> Results {
        say("allocations");
        let costs = self.costs(1).await;
        self.results(costs, HashMap::new(), say)
    }

    async fn costs(&self, rounds: usize) -> HashMap<String, Cost> {
        let mut costs = time::interleaved(&self.cases, rounds).await;
        costs.extend(time::interleaved(&self.apart, rounds).await);
        let costs = self.cases().map(|case| case.name.clone()).zip(costs);
        costs.collect()
    }

    fn results(
        self,
        costs: HashMap<String, Cost>,
        scaling: HashMap<String, Scaling>,
        say: impl Fn(&str),
    ) -> Results {
        say("instructions");
        let instructions = self.instructions();
        Results {
            costs,
            scaling,
            instructions,
            futures: futures::sizes(),
            rated: breaker::declared_with_rate(),
            key: store::bytes(),
            suite: self,
        }
    }

    /// Two threads on one breaker, for each contender.
    fn scaling(&self) -> HashMap<String, Scaling> {
        let Some(plain) = self.case(PLAIN) else {
            return HashMap::new();
        };
        let scaled = self.contenders.iter().filter_map(|entry| {
            let run = &self.case(&entry.closed)?.run;
            Some((entry.closed.clone(), scaling(run, &plain.run)?))
        });
        scaled.collect()
    }

    fn instructions(&self) -> Result<HashMap<String, f64>, String> {
        let names = self.cases().map(|case| case.name.clone());
        let counts = instructions::count(self.cases().count())?;
        Ok(names.zip(counts).collect())
    }
}

/// What came of it.
pub(crate) struct Results {
    /// What was measured.
    pub(crate) suite: Suite,
    /// What each case costs.
    costs: HashMap<String, Cost>,
    /// How two threads get on, by the case of the closed path.
    scaling: HashMap<String, Scaling>,
    /// What valgrind counted, or why it did not.
    pub(crate) instructions: Result<HashMap<String, f64>, String>,
    /// What the attributes add to a future.
    pub(crate) futures: Vec<FutureSize>,
    /// What a declared dependency takes whose policy has a failure rate.
    pub(crate) rated: Bytes,
    /// What a key takes.
    pub(crate) key: usize,
}

impl Results {
    /// What a case costs.
    pub(crate) fn cost(&self, case: &str) -> Option<Cost> {
        self.costs.get(case).copied()
    }

    /// Instructions of a case.
    pub(crate) fn instructions_of(&self, case: &str) -> Option<f64> {
        self.instructions.as_ref().ok()?.get(case).copied()
    }

    /// Instructions of a case over those of its baseline.
    pub(crate) fn added_instructions(&self, case: &str) -> Option<f64> {
        let baseline = self.suite.case(case)?.baseline;
        Some(self.instructions_of(case)? - self.instructions_of(baseline)?)
    }

    /// Nanoseconds of an outage, and its instructions, without what its calls take by themselves.
    pub(crate) fn outage(&self, entry: &Entry) -> Option<(f64, Option<f64>)> {
        let (case, calls) = entry.outage.as_ref()?;
        let calls = f64::from(calls.failures + calls.trials);
        let nanoseconds = self.cost(case)?.total - calls * self.cost(PLAIN)?.total;
        let instructions = self.instructions_of(case).zip(self.instructions_of(PLAIN));
        Some((
            nanoseconds,
            instructions.map(|(outage, plain)| outage - calls * plain),
        ))
    }

    /// How two threads get on with a contender. `None` when there was no second core.
    pub(crate) fn scaling(&self, entry: &Entry) -> Option<Scaling> {
        self.scaling.get(&entry.closed).copied()
    }

    /// A contender by its name.
    pub(crate) fn contender(&self, name: &str) -> Option<&Entry> {
        let mut contenders = self.suite.contenders.iter();
        contenders.find(|entry| entry.name == name)
    }

    /// What the closed path of a contender costs.
    pub(crate) fn closed(&self, name: &str) -> Option<Cost> {
        self.cost(&self.contender(name)?.closed)
    }

    /// What a refusal of a contender costs.
    pub(crate) fn refused(&self, name: &str) -> Option<Cost> {
        self.cost(self.contender(name)?.refused.as_ref()?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tokio::task::coop::unconstrained;

    use super::*;
    use crate::case::NOTHING;
    use crate::ours::setup;

    /// One test for all, as the runtime of the library starts once in a process.
    #[test]
    fn every_case_does_what_it_is_called_under_a_name_of_its_own() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(unconstrained(async {
            let _health = setup::start().await.unwrap();
            // Each contender shows here that it trips, refuses and closes again.
            let suite = Suite::new().unwrap();
            let names: HashSet<&str> = suite.cases().map(|case| case.name.as_str()).collect();
            assert_eq!(names.len(), suite.cases().count());
            for case in suite.cases() {
                let known = case.baseline == NOTHING || names.contains(case.baseline);
                assert!(known, "{} is compared with {:?}", case.name, case.baseline);
            }
        }));
    }
}
