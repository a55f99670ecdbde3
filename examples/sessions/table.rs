//! Who lost what, act by act, and the table at the end.

use std::collections::BTreeSet;

use crate::timeline::Timeline;
use crate::world::World;

const NAMES: [&str; 3] = ["unguarded", "breaker-only", "annotated"];

/// The live sessions that each copy lost in each act.
#[derive(Default)]
pub struct Scores {
    acts: Vec<(&'static str, [usize; 3])>,
    /// What the annotated copy has lost: it gets nothing back, and must not count twice.
    annotated: BTreeSet<String>,
}

impl Scores {
    /// Counts the act that has just ended.
    pub fn count(&mut self, act: &'static str, world: &World) {
        let truth = world.truth();
        let [unguarded, breaker_only, annotated] = world.copies.ids().map(|ids| &truth.live - &ids);
        let annotated = &(&annotated - &truth.closed) - &self.annotated;
        self.acts
            .push((act, [unguarded.len(), breaker_only.len(), annotated.len()]));
        self.annotated.extend(annotated);
    }

    /// Prints the table. Returns whether the annotated copy has kept and removed what it should.
    pub fn print(&self, world: &World, timeline: &Timeline) -> bool {
        let (closed, dead) = {
            let truth = world.truth();
            (truth.closed.len(), truth.dead.clone())
        };
        timeline.print("\nLive sessions lost, act by act (those of the first two copies were put back after each act)\n");
        let mut head = format!("{:14}", "");
        for (act, _) in &self.acts {
            head += &format!("{act:>15}");
        }
        timeline.print(&format!("{head}{:>9}{:>14}", "lost", "dead removed"));
        let ids = world.copies.ids();
        let mut lines = Vec::new();
        for (index, name) in NAMES.into_iter().enumerate() {
            let mut line = format!("{name:14}");
            for (_, lost) in &self.acts {
                line += &format!("{:>15}", lost[index]);
            }
            let lost: usize = self.acts.iter().map(|(_, lost)| lost[index]).sum();
            let removed = dead.difference(&ids[index]).count();
            let removed_of = format!("{removed} of {}", dead.len());
            timeline.print(&format!("{line}{lost:>9}{removed_of:>14}"));
            lines.push((lost, removed));
        }
        let (lost, removed) = lines[2];
        let is_good = lost == 0 && removed == dead.len();
        let unlike = if is_good {
            ""
        } else {
            "  THIS IS NOT AS IT SHOULD BE"
        };
        timeline.print(&format!(
            "\nRESULT  annotated: {lost} live sessions lost, {removed} of {} dead ones removed, {closed} closed \
             at its user's wish{unlike}",
            dead.len(),
        ));
        is_good
    }
}
