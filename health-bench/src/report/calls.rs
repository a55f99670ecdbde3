//! The tables of calls.

use super::table::{NONE, Table, cell};
use super::{better, limits, machine};
use crate::contender::Entry;
use crate::number::{number, per_call, ratio, whole};
use crate::ours::{breaker, layers, store};
use crate::peers::LEFT_OUT;
use crate::plain;
use crate::suite::Results;

/// The first half of `docs/benchmarks.md`.
pub(crate) fn section(results: &Results) -> String {
    let parts = [
        head(),
        closed(results),
        refused(results),
        outages(results),
        threads(results),
        memory(results),
        keyed(results),
        layers(results),
        futures(results),
        targets(results),
        better::section(results),
        who(results),
        how(results),
    ];
    parts.join("\n")
}

fn head() -> String {
    format!(
        "# What a protected call costs

Every figure on this page, and every word, was written by one command, from one run in which this
library, the other circuit breakers of crates.io and the plain call take turns:

```sh
cargo run --release -p health-bench -- --write            # some minutes; valgrind for instructions
cargo run --release -p health-bench -- --compile --write  # longer: the last section
cargo run --release -p health-bench -- --check            # fails when a limit is exceeded
```

Measured on: {}.

Times vary with the machine and with what else it does, by a third and more; ratios within a run vary
less. Instructions, allocations and bytes repeat exactly.
",
        machine::machine()
    )
}

fn closed(results: &Results) -> String {
    let mut table = Table::new(&[
        "",
        "whole call, ns",
        "added ns",
        "added instructions",
        "allocations",
        "bytes allocated",
    ]);
    let contenders = results.suite.contenders.iter();
    let mut rows: Vec<(f64, [String; 6])> = contenders
        .map(|entry| (entry.name, entry.closed.as_str()))
        .chain([(plain::INSTRUMENT, plain::INSTRUMENT)])
        .filter_map(|(name, case)| {
            let cost = results.cost(case)?;
            let row = [
                emphasised(name),
                number(cost.total),
                number(cost.added),
                cell(results.added_instructions(case), whole),
                per_call(cost.allocations),
                per_call(cost.allocated),
            ];
            Some((cost.added, row))
        })
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (_, row) in rows {
        table.row(row);
    }
    let plain = cell(results.cost(plain::PLAIN), |cost| number(cost.total));
    format!(
        "## A call through a closed breaker

![Added nanoseconds per call](overhead.svg)

What a call that succeeds costs more than the same call without protection, which takes {plain} ns. That
one is so short that its own time depends on how the compiler has laid it out (5 to 19 ns in builds of
this program): compare whole calls, and instructions.

{}{}",
        table.text(),
        instructions_note(results)
    )
}

fn refused(results: &Results) -> String {
    let mut table = Table::new(&["", "added ns", "added instructions", "allocations"]);
    let mut rows: Vec<(f64, [String; 4])> = results
        .suite
        .contenders
        .iter()
        .filter_map(|entry| {
            let case = entry.refused.as_deref()?;
            let cost = results.cost(case)?;
            let row = [
                emphasised(entry.name),
                number(cost.added),
                cell(results.added_instructions(case), whole),
                per_call(cost.allocations),
            ];
            Some((cost.added, row))
        })
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (_, row) in rows {
        table.row(row);
    }
    format!(
        "## A call that an open breaker refuses

The breaker has tripped and stays open. The error is built and dropped; ours says which dependency it
was, in which state, and when to come back, that of most peers only that the breaker is open.

{}",
        table.text()
    )
}

fn outages(results: &Results) -> String {
    let mut table = Table::new(&["", "ns", "calls", "instructions", "allocations"]);
    let mut rows: Vec<(f64, [String; 5])> = results
        .suite
        .contenders
        .iter()
        .filter_map(|entry| {
            let (case, calls) = entry.outage.as_ref()?;
            let (nanoseconds, instructions) = results.outage(entry)?;
            let row = [
                emphasised(entry.name),
                number(nanoseconds),
                format!("{} + {}", calls.failures, calls.trials),
                cell(instructions, whole),
                per_call(results.cost(case)?.allocations),
            ];
            Some((nanoseconds, row))
        })
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (_, row) in rows {
        table.row(row);
    }
    format!(
        "## There and back: closed, open, half-open, closed

An outage of one failure: it trips the breaker, whose cooldown is over when the next call asks, which
is the trial that closes it again. Without what the calls take by themselves. Where a breaker needs
more calls for that (failures + trials), it has them. Ours tells its story to the log (which is off
here), to whoever watches health, and to the gate.

{}",
        table.text()
    )
}

fn threads(results: &Results) -> String {
    let contenders = &results.suite.contenders;
    if contenders
        .iter()
        .all(|entry| results.scaling(entry).is_none())
    {
        return "## Two threads on one breaker

Not measured: in this run the machine had no second core to give. The plain call itself, which shares
nothing, did not do more on two threads than on one.
"
        .to_owned();
    }
    let mut table = Table::new(&["", "calls of 2 threads, relative to 1", "the plain call"]);
    let mut rows: Vec<&Entry> = contenders.iter().collect();
    let ratio_of = |entry: &Entry| results.scaling(entry).map_or(-1.0, |scaling| scaling.ratio);
    rows.sort_by(|one, other| ratio_of(other).total_cmp(&ratio_of(one)));
    for entry in rows {
        let scaling = results.scaling(entry);
        table.row([
            emphasised(entry.name),
            cell(scaling, |scaling| ratio(scaling.ratio)),
            cell(scaling, |scaling| ratio(scaling.plain)),
        ]);
    }
    format!(
        "## Two threads on one breaker

2 is what two cores can do, 1 is what one can. Beside it the plain call in the same rounds, which
shares nothing: where even that stays below 1.7 the second core was busy with something else, and the
round does not count. `{NONE}`: too few rounds counted.

{}",
        table.text()
    )
}

fn memory(results: &Results) -> String {
    let mut table = Table::new(&["", "bytes when new", "bytes after 1,000 calls"]);
    let mut rows: Vec<(String, usize, usize)> = Vec::new();
    for entry in &results.suite.contenders {
        let name = emphasised(entry.name);
        rows.push((name, entry.bytes.new, entry.bytes.used));
    }
    let rated = format!("{}, with a failure rate", breaker::NAME);
    rows.push((emphasised(&rated), results.rated.new, results.rated.used));
    let key = format!("{}, one key", breaker::NAME);
    rows.push((emphasised(&key), results.key, results.key));
    rows.sort_by_key(|(_, _, used)| *used);
    for (name, new, used) in rows {
        table.row([name, whole(new as f64), whole(used as f64)]);
    }
    format!(
        "## What a breaker takes

The handle and all that it holds on the heap. Of this library a declared dependency, which is a breaker
with its name, its story, its evidence for the gate and its place in the registry; and a key, with its
name and its place in the store.

{}",
        table.text()
    )
}

fn keyed(results: &Results) -> String {
    let mut table = Table::new(&["", "added ns", "added instructions", "allocations"]);
    for name in &results.suite.keyed {
        let Some(cost) = results.cost(name) else {
            continue;
        };
        table.row([
            emphasised(name),
            number(cost.added),
            cell(results.added_instructions(name), whole),
            per_call(cost.allocations),
        ]);
    }
    let mut alone = Table::new(&["", "ns", "instructions", "allocations"]);
    for name in [store::KNOWN, store::NEW] {
        let Some(cost) = results.cost(name) else {
            continue;
        };
        alone.row([
            name.to_owned(),
            number(cost.total),
            cell(results.instructions_of(name), whole),
            per_call(cost.allocations),
        ]);
    }
    format!(
        "## A breaker for each key

A call with one of 1,000 known hosts, one after the other. Most peers have no store of breakers; one
written by hand is what their users have, which keeps every key for ever. Ours is bounded (10,000 keys
by default), and its call counts for the dependency as well as for the key.

{}
The store of this library alone, without a call:

{}",
        table.text(),
        alone.text()
    )
}

fn layers(results: &Results) -> String {
    let mut table = Table::new(&["", "added ns", "added instructions", "allocations"]);
    let yardstick = plain::TIMEOUT;
    let names = layers::cases();
    let names = names.iter().map(|case| case.name.as_str());
    for name in names.chain([yardstick]) {
        let Some(cost) = results.cost(name) else {
            continue;
        };
        table.row([
            name.to_owned(),
            number(cost.added),
            cell(results.added_instructions(name), whole),
            per_call(cost.allocations),
        ]);
    }
    format!(
        "## What each layer of this library costs

A line with a `+` is what the argument adds to a guarded call with one dependency whose body does not
wait; the others are compared with the plain call. Every call has a limit on its time, 30 s by default:
a body that waits takes a timer, as it does with tokio's own `timeout`, which is the last line.

{}",
        table.text()
    )
}

fn futures(results: &Results) -> String {
    let mut table = Table::new(&["", "plain bytes", "protected bytes", "added"]);
    for size in &results.futures {
        table.row([
            size.name.to_owned(),
            whole(size.plain as f64),
            whole(size.protected as f64),
            whole(size.added() as f64),
        ]);
    }
    format!("## What an attribute adds to a future\n\n{}", table.text())
}

fn targets(results: &Results) -> String {
    format!(
        "## What was aimed at

The targets were set before the code was written, from a prototype. `--check` fails when what repeats
exactly gets worse than its target, or, where that is missed, worse than
what was last reached.

{}",
        limits::targets(results)
    )
}

fn who(results: &Results) -> String {
    let mut text = "## Who takes part, and how\n\n| | version | used |\n|---|---|---|\n".to_owned();
    for entry in &results.suite.contenders {
        let package = entry.package.unwrap_or(breaker::NAME);
        let version = machine::version(package).unwrap_or(NONE);
        let line = format!(
            "| {} | `{package}` {version} | {} |\n",
            entry.name, entry.how
        );
        text.push_str(&line);
    }
    text.push_str(
        "
Each is set up at its fastest: 5 failures in a row where it has that rule, nothing else counted where
that can be chosen; those marked otherwise are what it does by default. One breaker is at hand for all
calls, nobody looks it up by name. Before anything is measured each has shown that it does what its
row says: that it lets calls through, that it has tripped and refuses, that a trial closes it. `tokio`
is built with the features that the peers together ask for.

What does not take part:

",
    );
    for (name, why) in LEFT_OUT {
        text.push_str(&format!("- {name}: {why}.\n"));
    }
    text
}

fn how(results: &Results) -> String {
    format!(
        "## How it is measured

- No executor takes part: a future is polled until it is ready, each time by a call of a function, of
  the plain call as well. So nobody gains by being drawn into the loop that measures it, where what is
  set up once for many calls does not count; a line of its own says what this library gains by it.
- The work is an addition that the compiler cannot see through.
- Time: in each of 151 rounds every case runs for 0.7 ms; of each case the difference to the plain call
  of the same round is taken, and of these the median.
- Instructions: the program runs itself under `callgrind`; 1,200 calls less 200 calls, divided.{}
- Allocations and bytes: a counting allocator.
- Threads: both begin at the same moment, on one breaker; the slower one counts; median of 15 rounds.
",
        match &results.instructions {
            Ok(_) => String::new(),
            Err(why) => format!(" Not in this run: {why}."),
        }
    )
}

fn instructions_note(results: &Results) -> String {
    match &results.instructions {
        Ok(_) => String::new(),
        Err(why) => format!("\nInstructions were not counted in this run: {why}.\n"),
    }
}

/// This library stands out among the others.
fn emphasised(name: &str) -> String {
    if name.starts_with(breaker::NAME) {
        format!("**{name}**")
    } else {
        name.to_owned()
    }
}
