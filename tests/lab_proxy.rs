//! The proxy of the lab: each of its faults, over TCP and over a Unix socket.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod support;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use health_lab::{Address, ApiServer, Behaviour, Garbage, Proxy, RedisServer, Server, Then};
use support::{PATIENCE, SHORT, eventually, has_redis, program};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;

trait Both: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Both for T {}

/// A client of a server that says whatever it is told back again.
struct Client(Box<dyn Both>);

impl Client {
    async fn connect(address: &Address) -> std::io::Result<Self> {
        Ok(Self(match address {
            Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
        }))
    }

    async fn through(proxy: &Proxy) -> Self {
        Self::connect(proxy.address()).await.unwrap()
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// What comes next, as far as it comes at once; empty at the end of the stream.
    async fn hear(&mut self) -> std::io::Result<String> {
        let mut bytes = [0; 1024];
        let read = timeout(PATIENCE, self.0.read(&mut bytes)).await;
        let read = read.expect("something is heard in time")?;
        Ok(String::from_utf8_lossy(&bytes[..read]).into_owned())
    }

    async fn echo(&mut self, text: &str) -> String {
        self.say(text).await;
        self.hear().await.unwrap()
    }

    async fn hears_nothing(&mut self) {
        let mut byte = [0];
        let heard = timeout(SHORT, self.0.read(&mut byte)).await;
        assert!(heard.is_err(), "{heard:?}");
    }

    /// The connection is over, with or without a farewell.
    async fn is_over(&mut self) {
        match self.hear().await {
            Ok(text) => assert_eq!(text, ""),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

async fn echo_server() -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut reader, mut writer) = stream.split();
                // Whoever leaves leaves.
                tokio::io::copy(&mut reader, &mut writer).await.ok();
            });
        }
    });
    address.into()
}

/// Runs a test on a proxy of each kind.
async fn on_both(test: impl AsyncFn(Proxy)) {
    let server = echo_server().await;
    test(Proxy::tcp(server.clone()).unwrap()).await;
    test(Proxy::unix(server).unwrap()).await;
}

#[tokio::test]
async fn what_passes_arrives_as_it_was_sent_and_so_does_the_end() {
    on_both(async |proxy| {
        let mut client = Client::through(&proxy).await;
        assert_eq!(client.echo("one").await, "one");
        let long = "x".repeat(100_000);
        client.say(&long).await;
        client.0.shutdown().await.unwrap();
        let mut heard = String::new();
        client.0.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, long);
    })
    .await;
}

#[tokio::test]
async fn a_delay_holds_requests_and_answers_and_ends_early_when_it_is_lifted() {
    on_both(async |proxy| {
        let mut client = Client::through(&proxy).await;
        assert_eq!(client.echo("one").await, "one");
        for (to_server, to_client) in [(SHORT, Duration::ZERO), (Duration::ZERO, SHORT)] {
            let delay = Behaviour::Delay {
                to_server,
                to_client,
            };
            proxy.set(delay).await.unwrap();
            let asked = Instant::now();
            assert_eq!(client.echo("two").await, "two");
            assert!(asked.elapsed() >= SHORT, "{:?}", asked.elapsed());
        }
        let for_ever = Behaviour::Delay {
            to_server: Duration::ZERO,
            to_client: 100 * PATIENCE,
        };
        proxy.set(for_ever).await.unwrap();
        client.say("three").await;
        client.hears_nothing().await;
        proxy.set(Behaviour::Pass).await.unwrap();
        assert_eq!(client.hear().await.unwrap(), "three");
        assert_eq!(client.echo("four").await, "four");
    })
    .await;
}

#[tokio::test]
async fn a_stutter_loses_nothing_and_lets_one_connection_overtake_another() {
    on_both(async |proxy| {
        proxy.set(Behaviour::Stutter(SHORT)).await.unwrap();
        let mut order = Vec::new();
        for _ in 0..20 {
            let mut one = Client::through(&proxy).await;
            let mut other = Client::through(&proxy).await;
            one.say("one").await;
            other.say("other").await;
            let first = tokio::select! {
                heard = one.hear() => heard,
                heard = other.hear() => heard,
            };
            order.push(first.unwrap());
        }
        order.sort_unstable();
        order.dedup();
        assert_eq!(order, ["one", "other"]);
    })
    .await;
}

#[tokio::test]
async fn a_cut_ends_open_connections_at_once_and_new_ones_at_their_first_request() {
    on_both(async |proxy| {
        let mut open = Client::through(&proxy).await;
        assert_eq!(open.echo("one").await, "one");
        proxy.set(Behaviour::Cut).await.unwrap();
        open.is_over().await;
        let mut new = Client::through(&proxy).await;
        new.hears_nothing().await;
        new.say("two").await;
        new.is_over().await;
        proxy.set(Behaviour::Pass).await.unwrap();
        assert_eq!(Client::through(&proxy).await.echo("three").await, "three");
    })
    .await;
}

#[tokio::test]
async fn over_tcp_a_cut_is_a_reset() {
    let proxy = Proxy::tcp(echo_server().await).unwrap();
    let mut open = Client::through(&proxy).await;
    assert_eq!(open.echo("one").await, "one");
    proxy.set(Behaviour::Cut).await.unwrap();
    let error = open.hear().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_truncated_answer_is_followed_by_the_end_or_by_nothing() {
    on_both(async |proxy| {
        for then in [Then::Close, Then::Stall] {
            let mut open = Client::through(&proxy).await;
            assert_eq!(open.echo("one").await, "one");
            let truncate = Behaviour::Truncate { after: 5, then };
            proxy.set(truncate).await.unwrap();
            let new = Client::through(&proxy).await;
            for mut client in [open, new] {
                assert_eq!(client.echo("three").await, "three", "five bytes pass");
                match then {
                    Then::Close => client.is_over().await,
                    Then::Stall => {
                        client.say("four").await;
                        client.hears_nothing().await;
                    }
                }
            }
            proxy
                .set(Behaviour::Truncate { after: 2, then })
                .await
                .unwrap();
            let mut client = Client::through(&proxy).await;
            assert_eq!(client.echo("five").await, "fi");
            proxy.set(Behaviour::Pass).await.unwrap();
            client.is_over().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_black_hole_accepts_and_swallows_and_its_victims_never_speak_again() {
    on_both(async |proxy| {
        let mut idle = Client::through(&proxy).await;
        let mut open = Client::through(&proxy).await;
        assert_eq!(idle.echo("one").await, "one");
        assert_eq!(open.echo("one").await, "one");
        proxy.set(Behaviour::BlackHole).await.unwrap();
        let mut new = Client::through(&proxy).await;
        for client in [&mut open, &mut new] {
            client.say("two").await;
            client.hears_nothing().await;
        }
        proxy.set(Behaviour::Pass).await.unwrap();
        open.is_over().await;
        new.is_over().await;
        assert_eq!(idle.echo("three").await, "three", "it has lost nothing");
    })
    .await;
}

#[tokio::test]
async fn a_shut_door_refuses_and_opens_again_at_the_same_address() {
    on_both(async |proxy| {
        for _ in 0..3 {
            let mut open = Client::through(&proxy).await;
            assert_eq!(open.echo("one").await, "one");
            proxy.set(Behaviour::Refuse).await.unwrap();
            open.is_over().await;
            for _ in 0..100 {
                let refused = Client::connect(proxy.address()).await;
                let error = refused.err().expect("nobody listens");
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            }
            proxy.set(Behaviour::Pass).await.unwrap();
            assert_eq!(Client::through(&proxy).await.echo("two").await, "two");
        }
    })
    .await;
}

#[tokio::test]
async fn garbage_comes_in_place_of_every_answer_and_the_connection_is_of_no_use_after_it() {
    on_both(async |proxy| {
        for (garbage, begins) in [
            (Garbage::ErrorAnswer, "-ERR injected\r\n"),
            (Garbage::HalfAnAnswer, "$100\r\nhalf"),
            (Garbage::Bytes { seed: 7 }, "\u{fffd}"),
        ] {
            proxy.set(Behaviour::Garbage(garbage)).await.unwrap();
            let mut client = Client::through(&proxy).await;
            client.hears_nothing().await;
            for _ in 0..2 {
                let heard = client.echo("PING\r\n").await;
                assert!(heard.starts_with(begins), "{garbage:?}: {heard:?}");
            }
            proxy.set(Behaviour::Pass).await.unwrap();
            client.is_over().await;
        }
        assert_eq!(Client::through(&proxy).await.echo("one").await, "one");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_seen_as_an_end_and_one_that_is_back_is_reached_again() {
    let mut api = ApiServer::start(&program()).await.unwrap();
    let proxy = Proxy::tcp(api.socket()).unwrap();
    let mut open = Client::through(&proxy).await;
    assert!(open.echo("PING\n").await.starts_with("PONG "));
    api.kill();
    open.is_over().await;
    Client::through(&proxy).await.is_over().await;
    api.restart_empty().await.unwrap();
    let heard = Client::through(&proxy).await.echo("PING\n").await;
    assert!(heard.starts_with("PONG "), "{heard}");
}

#[tokio::test]
async fn dropped_it_ends_all_connections_and_its_door_is_shut() {
    on_both(async |proxy| {
        let mut open = Client::through(&proxy).await;
        assert_eq!(open.echo("one").await, "one");
        let address = proxy.address().clone();
        drop(proxy);
        open.is_over().await;
        eventually("its door is shut", async || {
            Client::connect(&address).await.is_err()
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_redis_client_works_through_it_and_names_each_fault_in_its_own_way() {
    if !has_redis() {
        return;
    }
    let redis = RedisServer::start().await.unwrap();
    let proxy = Proxy::tcp(redis.socket()).unwrap();
    let client = redis::Client::open(format!("redis://{}", proxy.address())).unwrap();
    let ping = async || {
        let asked = async {
            let mut connection = client.get_multiplexed_async_connection().await?;
            redis::cmd("PING")
                .query_async::<String>(&mut connection)
                .await
        };
        timeout(SHORT, asked).await
    };
    assert_eq!(ping().await.unwrap().unwrap(), "PONG");
    let truncate = |then| Behaviour::Truncate { after: 3, then };
    for fault in [
        Behaviour::BlackHole,
        truncate(Then::Stall),
        Behaviour::Garbage(Garbage::HalfAnAnswer),
    ] {
        proxy.set(fault.clone()).await.unwrap();
        assert!(ping().await.is_err(), "{fault:?} does not end by itself");
    }
    for fault in [
        Behaviour::Cut,
        Behaviour::Refuse,
        truncate(Then::Close),
        Behaviour::Garbage(Garbage::Bytes { seed: 7 }),
    ] {
        proxy.set(fault.clone()).await.unwrap();
        let answer = ping().await.expect("it ends by itself");
        assert!(answer.is_err(), "{fault:?} is an error");
    }
    // One answer for all that came at once: what a client makes of it depends on what it had sent.
    let error = Behaviour::Garbage(Garbage::ErrorAnswer);
    proxy.set(error).await.unwrap();
    assert!(!matches!(ping().await, Ok(Ok(_))));
    proxy.set(Behaviour::Pass).await.unwrap();
    assert_eq!(ping().await.unwrap().unwrap(), "PONG");
}
