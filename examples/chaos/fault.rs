//! What can go wrong, and where.

use std::time::Duration;

use health_lab::{Behaviour, Dice, Garbage, RedisFault, Then};

/// The longest delay of an answer: longer than anybody waits for one.
const LONGEST_DELAY: Duration = Duration::from_millis(400);

/// Something that fails as one. Each place has one fault at a time; places fail independently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Redis,
    RedisPath,
    Api,
    ApiPath,
}

impl Place {
    pub const ALL: [Self; 4] = [Self::Redis, Self::RedisPath, Self::Api, Self::ApiPath];

    /// A fault that this place can have.
    pub fn fault(self, dice: &mut Dice) -> Fault {
        match self {
            Self::Redis => Fault::Redis(*dice.pick(&RedisFault::ALL)),
            Self::Api => Fault::Api(*dice.pick(&ApiFault::ALL)),
            Self::RedisPath => Fault::RedisPath(behaviour(dice)),
            Self::ApiPath => Fault::ApiPath(behaviour(dice)),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Redis(RedisFault),
    Api(ApiFault),
    /// What the proxy between the service and Redis does.
    RedisPath(Behaviour),
    /// What the one in front of the API does.
    ApiPath(Behaviour),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiFault {
    Killed,
    RestartedEmpty,
    Frozen,
}

impl ApiFault {
    const ALL: [Self; 3] = [Self::Killed, Self::RestartedEmpty, Self::Frozen];
}

impl Fault {
    /// The kind, for the counts.
    pub fn kind(&self) -> String {
        match self {
            Self::Redis(fault) => format!("redis: {}", fault.name()),
            Self::Api(ApiFault::Killed) => "api: killed".into(),
            Self::Api(ApiFault::RestartedEmpty) => "api: restarted empty".into(),
            Self::Api(ApiFault::Frozen) => "api: frozen".into(),
            Self::RedisPath(behaviour) => format!("path to redis: {}", name(behaviour)),
            Self::ApiPath(behaviour) => format!("path to api: {}", name(behaviour)),
        }
    }

    /// Whether the signs of life in Redis, or in the API, are gone or old afterwards.
    pub const fn takes_signs_of_life(&self) -> bool {
        match self {
            Self::Redis(fault) => fault.takes_data(),
            Self::Api(fault) => matches!(fault, ApiFault::Killed | ApiFault::RestartedEmpty),
            Self::RedisPath(_) | Self::ApiPath(_) => false,
        }
    }
}

fn behaviour(dice: &mut Dice) -> Behaviour {
    let mut delay = || LONGEST_DELAY.mul_f64(dice.share());
    let (to_server, to_client) = (delay(), delay());
    let seed = dice.draw();
    let garbage = *dice.pick(&[
        Garbage::ErrorAnswer,
        Garbage::HalfAnAnswer,
        Garbage::Bytes { seed },
    ]);
    let then = *dice.pick(&[Then::Close, Then::Stall]);
    let after = dice.below(200);
    match dice.below(9) {
        0 => Behaviour::Delay {
            to_server,
            to_client: Duration::ZERO,
        },
        1 => Behaviour::Delay {
            to_server: Duration::ZERO,
            to_client,
        },
        2 | 3 => Behaviour::Stutter(to_client),
        4 => Behaviour::Cut,
        5 => Behaviour::Truncate { after, then },
        6 => Behaviour::BlackHole,
        7 => Behaviour::Refuse,
        _ => Behaviour::Garbage(garbage),
    }
}

const fn name(behaviour: &Behaviour) -> &'static str {
    match behaviour {
        Behaviour::Pass => "as usual",
        Behaviour::Delay { to_client, .. } if to_client.is_zero() => "requests delayed",
        Behaviour::Delay { .. } => "answers delayed",
        Behaviour::Stutter(_) => "stutters",
        Behaviour::Cut => "cut",
        Behaviour::Truncate { then, .. } => match then {
            Then::Close => "truncated, closed",
            Then::Stall => "truncated, stalled",
        },
        Behaviour::BlackHole => "black hole",
        Behaviour::Refuse => "refused",
        Behaviour::Garbage(Garbage::ErrorAnswer) => "answers errors",
        Behaviour::Garbage(Garbage::HalfAnAnswer) => "answers half",
        Behaviour::Garbage(Garbage::Bytes { .. }) => "answers noise",
    }
}
