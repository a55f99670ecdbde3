//! A circuit breaker that takes part: what it does in each case.

use std::thread::sleep;
use std::time::Duration;

use crate::call::{ILL, WELL, complete, drive};
use crate::case::{Case, NOTHING, Run};
use crate::measure::bytes::Bytes;
use crate::peers::{About, Breaker, Part, Tuning};
use crate::plain::PLAIN;

/// Failures in a row that trip a breaker which is not meant to be tripped: a usual default.
const USUAL: u32 = 5;
/// Longer than any measurement.
const LONG: Duration = Duration::from_secs(3_600);
/// Over when the next call asks.
const SHORT: Duration = Duration::from_nanos(1);
/// Failures after which a peer that has not tripped will not.
const PATIENCE: u32 = 64;

/// A circuit breaker that takes part.
pub(crate) struct Contender {
    /// What it is called in the tables.
    pub(crate) name: &'static str,
    /// Its name on crates.io; none is ours.
    pub(crate) package: Option<&'static str>,
    /// Which of its interfaces is used, set up in which way.
    pub(crate) how: &'static str,
    /// Calls that succeed, through one closed breaker, which all threads share.
    pub(crate) closed: Run,
    /// Calls that an open breaker refuses.
    pub(crate) refused: Option<Run>,
    /// Outages of one failure: it trips, a trial closes it.
    pub(crate) outage: Option<Outage>,
    /// What one breaker takes.
    pub(crate) bytes: Bytes,
}

/// The way from closed over open and half-open back to closed.
pub(crate) struct Outage {
    /// The calls of one.
    pub(crate) calls: Calls,
    /// Does it so many times.
    pub(crate) run: Run,
}

/// How many calls an outage takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Calls {
    /// That fail, until it trips.
    pub(crate) failures: u32,
    /// That succeed, until it is closed.
    pub(crate) trials: u32,
}

/// The cases of all contenders.
pub(crate) fn cases(contenders: Vec<Contender>) -> (Vec<Entry>, Vec<Case>) {
    let mut cases = Vec::new();
    let entries = contenders
        .into_iter()
        .map(|contender| {
            let name = contender.name;
            let mut add = |what: &str, baseline: &'static str, run: Run| {
                let name = format!("{name}: {what}");
                cases.push(Case {
                    name: name.clone(),
                    baseline,
                    run,
                });
                name
            };
            Entry {
                name,
                package: contender.package,
                how: contender.how,
                bytes: contender.bytes,
                closed: add("closed", PLAIN, contender.closed),
                refused: contender.refused.map(|run| add("refused", PLAIN, run)),
                outage: contender
                    .outage
                    .map(|outage| (add("outage", NOTHING, outage.run), outage.calls)),
            }
        })
        .collect();
    (entries, cases)
}

/// What is left of a contender when its cases are in the list: their names.
pub(crate) struct Entry {
    /// As in [`Contender`].
    pub(crate) name: &'static str,
    /// As in [`Contender`].
    pub(crate) package: Option<&'static str>,
    /// As in [`Contender`].
    pub(crate) how: &'static str,
    /// As in [`Contender`].
    pub(crate) bytes: Bytes,
    /// The case of the closed path.
    pub(crate) closed: String,
    /// The case of refusals.
    pub(crate) refused: Option<String>,
    /// The case of outages.
    pub(crate) outage: Option<(String, Calls)>,
}

impl Contender {
    /// Makes the cases of a peer, and checks that each does what it is called.
    ///
    /// # Errors
    ///
    /// What the peer did instead.
    pub(crate) fn of<B: Breaker>(about: About) -> Result<Self, String> {
        let usual = Tuning {
            failures: USUAL,
            cooldown: LONG,
        };
        let closed = B::build(usual);
        if answers(&mut closed.clone(), WELL, 100) != [100, 0, 0] {
            return Err(format!("{} does not let calls through", about.name));
        }
        let refused = if about.part == Part::Closed {
            None
        } else {
            let mut open = B::build(usual);
            trip(&mut open).map_err(|what| format!("{} {what}", about.name))?;
            Some(open)
        };
        let outage = if about.part == Part::All {
            Some(outage::<B>().map_err(|what| format!("{} {what}", about.name))?)
        } else {
            None
        };
        Ok(Self {
            name: about.name,
            package: Some(about.package),
            how: about.how,
            closed: calls(closed),
            refused: refused.map(calls),
            outage,
            bytes: Bytes::of(
                || B::build(usual),
                |breaker| {
                    answers(breaker, WELL, 1_000);
                },
            ),
        })
    }
}

fn calls<B: Breaker>(breaker: B) -> Run {
    Box::new(move |count| {
        let mut breaker = breaker.clone();
        for _ in 0..count {
            complete(breaker.call(WELL));
        }
    })
}

fn outage<B: Breaker>() -> Result<Outage, String> {
    let calls = healing::<B>()?;
    let breaker = B::build(Tuning {
        failures: 1,
        cooldown: SHORT,
    });
    let mut tried = breaker.clone();
    for _ in 0..100 {
        let [_, failed, _] = answers(&mut tried, ILL, calls.failures);
        let [succeeded, ..] = answers(&mut tried, WELL, calls.trials);
        if (failed, succeeded) != (calls.failures, calls.trials) {
            return Err("refuses a trial after its cooldown".to_owned());
        }
    }
    let run = move |count| {
        let mut breaker = breaker.clone();
        for _ in 0..count {
            for _ in 0..calls.failures {
                complete(breaker.call(ILL));
            }
            for _ in 0..calls.trials {
                complete(breaker.call(WELL));
            }
        }
    };
    Ok(Outage {
        calls,
        run: Box::new(run),
    })
}

/// Finds out how many calls an outage takes, by what the breaker does: two failures trip it, so that
/// one which is closed again takes a failure that would open one which is half-open.
fn healing<B: Breaker>() -> Result<Calls, String> {
    let cooldown = Duration::from_millis(20);
    let once = Tuning {
        failures: 1,
        cooldown: LONG,
    };
    let failures = trip(&mut B::build(once))?;
    let twice = Tuning {
        failures: 2,
        cooldown,
    };
    for trials in 1..=4 {
        let mut breaker = B::build(twice);
        trip(&mut breaker)?;
        sleep(cooldown * 2);
        let passed = answers(&mut breaker, WELL, trials) == [trials, 0, 0];
        let closed = breaker.says_closed().unwrap_or_else(|| {
            answers(&mut breaker, ILL, 1);
            answers(&mut breaker, WELL, 1) == [1, 0, 0]
        });
        if passed && closed {
            return Ok(Calls { failures, trials });
        }
    }
    Err("is not closed after four trials".to_owned())
}

/// Fails until the breaker refuses. Returns how often.
fn trip<B: Breaker>(breaker: &mut B) -> Result<u32, String> {
    for failures in 0..PATIENCE {
        if answers(breaker, ILL, 1) == [0, 0, 1] {
            return Ok(failures);
        }
    }
    Err(format!("does not trip in {PATIENCE} failures"))
}

/// How many calls succeeded, failed, and were refused.
fn answers<B: Breaker>(breaker: &mut B, x: u64, count: u32) -> [u32; 3] {
    let mut answers = [0; 3];
    for _ in 0..count {
        let answer = match drive(breaker.call(x)) {
            Ok(_) => 0,
            Err(error) if !B::is_refusal(&error) => 1,
            Err(_) => 2,
        };
        answers[answer] += 1;
    }
    answers
}
