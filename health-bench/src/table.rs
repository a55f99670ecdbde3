//! The table.

use crate::{cases, measure, setup};

/// Measures everything and prints it as Markdown.
pub(crate) async fn print() {
    let _health = match setup::start().await {
        Ok(health) => health,
        Err(error) => {
            eprintln!("{error}");
            return;
        }
    };
    println!("| call | ns | added ns | allocations per 1,000 |");
    println!("|---|---:|---:|---:|");
    for (case, cost) in measure::interleaved(cases::ALL).await {
        println!(
            "| {} | {:.1} | {:.1} | {} |",
            case.name, cost.total, cost.added, cost.allocations
        );
    }
    println!();
    println!("| future | plain bytes | protected bytes | added |");
    println!("|---|---:|---:|---:|");
    for (name, plain, guarded) in cases::sizes() {
        println!("| {name} | {plain} | {guarded} | {} |", guarded - plain);
    }
    println!();
    for name in ["plain", "guarded, 1 dependency"] {
        if let Some(case) = cases::ALL.iter().find(|case| case.name == name) {
            println!(
                "2 threads relative to 1, {name}: {:.2}",
                measure::scaling(case)
            );
        }
    }
    println!();
    println!("| store of keyed breakers | ns | allocations per 1,000 |");
    println!("|---|---:|---:|");
    for (case, cost) in measure::interleaved(cases::STORE).await {
        println!(
            "| {} | {:.1} | {} |",
            case.name, cost.total, cost.allocations
        );
    }
}
