//! What this process holds.

use std::fs;
use std::io;

use tokio::runtime::Handle;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vitals {
    /// Resident memory, in KiB.
    pub memory: u64,
    pub descriptors: usize,
    /// Tasks of the runtime that have not ended.
    pub tasks: usize,
}

impl Vitals {
    pub fn now() -> io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next())
            .and_then(|number| number.parse().ok());
        Ok(Self {
            memory: resident.ok_or(io::ErrorKind::InvalidData)?,
            descriptors: fs::read_dir("/proc/self/fd")?.count(),
            tasks: Handle::current().metrics().num_alive_tasks(),
        })
    }
}

/// Memory over time: what is left of its growth once the warm-up is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// By the line that fits best, in KiB a minute.
    pub slope: f64,
    /// The middle of the first quarter after the warm-up, and that of the last, in KiB.
    pub first: u64,
    pub last: u64,
}

impl Trend {
    /// Growth that is none: what an allocator needs for itself, and a tenth of everything.
    const ALLOWANCE: u64 = 4 * 1024;

    /// One sample a second. The first quarter of them is the warm-up.
    pub fn of(memory: &[u64]) -> Self {
        let after = &memory[memory.len() / 4..];
        let quarter = (after.len() / 4).max(1);
        Self {
            slope: 60.0 * slope(after),
            first: middle(&after[..quarter]),
            last: middle(&after[after.len() - quarter..]),
        }
    }

    pub const fn is_flat(&self) -> bool {
        self.last <= self.first + Self::bound(self.first)
    }

    pub const fn bound(first: u64) -> u64 {
        let tenth = first / 10;
        if tenth > Self::ALLOWANCE {
            tenth
        } else {
            Self::ALLOWANCE
        }
    }
}

fn middle(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// By least squares.
fn slope(values: &[u64]) -> f64 {
    let count = values.len() as f64;
    let mean_x = (count - 1.0) / 2.0;
    let mean_y = values.iter().sum::<u64>() as f64 / count;
    let (mut above, mut below) = (0.0, 0.0);
    for (x, y) in values.iter().enumerate() {
        let from_mean = x as f64 - mean_x;
        above += from_mean * (*y as f64 - mean_y);
        below += from_mean * from_mean;
    }
    if below == 0.0 { 0.0 } else { above / below }
}
