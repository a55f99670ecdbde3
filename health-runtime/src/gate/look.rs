//! What is known at one moment of all that an operation relies on, and how more is found out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::Gate;
use super::audit::EvidenceSeen;
use super::config::{GatePolicy, Preflight};
use super::evidence::{self, Witness};
use super::operation::{Grant, Operation};
use super::verdict::{Verdict, Veto};
use crate::dependency::{Entry, Evidence};
use crate::monitor::{self, CheckError};

/// What is known at one moment of all that an operation relies on.
pub(super) struct Look {
    pub(super) version: u64,
    pub(super) at: Instant,
    pub(super) entries: Vec<Arc<Entry>>,
    pub(super) witnesses: Vec<Witness>,
    /// What speaks against going ahead, but for the witnesses.
    pub(super) others: Vec<Veto>,
}

impl Look {
    pub(super) fn vetoes(&self, policy: &GatePolicy) -> Vec<Veto> {
        let of_witnesses = self
            .witnesses
            .iter()
            .flat_map(|witness| witness.vetoes(policy));
        self.others.iter().cloned().chain(of_witnesses).collect()
    }

    pub(super) fn evidence(&self) -> Vec<EvidenceSeen> {
        let seen = |witness: &Witness| EvidenceSeen {
            dependency: witness.dependency,
            state: witness.vitals.state,
            epoch: witness.vitals.epoch,
            age: witness.vitals.proof_age,
        };
        self.witnesses.iter().map(seen).collect()
    }

    pub(super) fn epochs(&self) -> Arc<[(&'static str, u64)]> {
        self.witnesses
            .iter()
            .map(|witness| (witness.dependency, witness.vitals.epoch))
            .collect()
    }

    /// What can be granted again without another look, until something changes.
    pub(super) fn grant(&self) -> Grant {
        let ends = self
            .witnesses
            .iter()
            .filter(|witness| witness.evidence == Evidence::Proof)
            .map(|witness| {
                let age = witness.vitals.proof_age.unwrap_or(witness.max_age);
                self.at + witness.max_age.saturating_sub(age)
            })
            .min();
        Grant {
            version: self.version,
            until: ends,
            epochs: self.epochs(),
        }
    }
}

impl Gate {
    /// Asks without a permit, a budget or a record: what would the gate say now?
    pub(crate) async fn preview(&self, operation: &Operation) -> Verdict {
        let policy = self.policy();
        let look = self.look(operation, &policy);
        let look = self.preflight(operation, &policy, look).await;
        Verdict::of(look.vetoes(&policy))
    }

    /// How long this process did not run, if it was too long.
    pub(super) fn stall_at(&self, now: Instant) -> Option<Duration> {
        let silence = self.directory.context().silence_at(now)?;
        (silence > monitor::STALL).then_some(silence)
    }

    /// Whether anything may be different from what it was at `version`.
    pub(super) fn may_differ_from(&self, version: u64) -> bool {
        self.version() != version || self.stall_at(self.directory.context().now()).is_some()
    }

    pub(super) fn look(&self, operation: &Operation, policy: &GatePolicy) -> Look {
        // Before anything is read: a change that is missed below makes the version differ later.
        let version = self.version();
        let context = self.directory.context();
        let mut others = Vec::new();
        if !self.is_started() {
            others.push(Veto::NotInitialised);
        }
        let mut entries = self.directory.critical();
        for name in operation.declared.deps {
            // A stray is not known: that somebody has called it by a wrong name declares nothing.
            match self.directory.get(name).filter(|entry| !entry.is_stray()) {
                Some(entry) if entries.iter().any(|known| known.id() == entry.id()) => {}
                Some(entry) => entries.push(entry),
                // With no declarations, every name that is mentioned exists.
                None if !self.directory.is_declared() => {
                    entries.push(self.directory.get_or_create(name));
                }
                None => others.push(Veto::Unknown {
                    dependency: (*name).to_owned(),
                }),
            }
        }
        if entries.is_empty() && others.is_empty() {
            others.push(Veto::NoWitness);
        }
        let bad_ages: Vec<_> = self
            .directory
            .all()
            .iter()
            .map(|entry| entry.vitals().went_bad_age)
            .collect();
        others.extend(evidence::suspects_observer(&bad_ages, policy));
        let at = context.now();
        if let Some(silent) = self.stall_at(at) {
            others.push(Veto::ObserverStalled { silent });
        }
        let witnesses = entries.iter().map(|entry| witness(entry, policy)).collect();
        Look {
            version,
            at,
            entries,
            witnesses,
            others,
        }
    }

    /// Runs the probes that could turn a no for want of evidence into a yes, all at once, and looks
    /// again.
    pub(super) async fn preflight(
        &self,
        operation: &Operation,
        policy: &GatePolicy,
        look: Look,
    ) -> Look {
        let always = policy.preflight == Preflight::Always;
        let is_hopeless = !look.others.is_empty()
            || look.witnesses.iter().any(|witness| {
                !witness.vetoes(policy).is_empty() && !witness.lacks_only_freshness(policy)
            });
        let wanted: Vec<usize> = (0..look.witnesses.len())
            .filter(|&index| always || look.witnesses[index].lacks_only_freshness(policy))
            .collect();
        if is_hopeless || wanted.is_empty() {
            return look;
        }
        let checks = wanted.iter().map(|&index| {
            let entry = Arc::clone(&look.entries[index]);
            let patience = policy.preflight_timeout;
            boxed(async move {
                if always {
                    monitor::check_anew(&entry, patience).await
                } else {
                    monitor::check_now(&entry, patience).await
                }
            })
        });
        let answers = join_all(checks.collect()).await;
        let mut again = self.look(operation, policy);
        for (&index, answer) in wanted.iter().zip(answers) {
            let Err(error) = answer else { continue };
            let name = look.witnesses[index].dependency;
            let Some(witness) = again.witnesses.iter_mut().find(|w| w.dependency == name) else {
                continue;
            };
            if always && !matches!(error, CheckError::NoProbe) {
                // Asked for and not had: whatever was known before does not count.
                witness.vitals.proof_age = None;
            }
            if !matches!(error, CheckError::NoProbe) {
                witness.probe = Some(error.to_string());
            }
        }
        again
    }
}

fn witness(entry: &Entry, policy: &GatePolicy) -> Witness {
    let settings = entry.settings();
    let name = entry.name().as_str();
    let advice = settings
        .probe
        .is_none()
        .then(|| format!("it has no probe: add `#[probe(dep = \"{name}\")]`"));
    Witness {
        dependency: name,
        vitals: entry.vitals(),
        evidence: settings.evidence,
        max_age: policy.evidence_age(settings.probe_every),
        probe: advice,
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn boxed<T>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T> {
    Box::pin(future)
}

/// Waits for all of them at the same time.
async fn join_all<T>(mut futures: Vec<Boxed<T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |cx| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}
