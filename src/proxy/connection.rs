//! One connection through a proxy, whatever the proxy does meanwhile.

use std::convert::Infallible;
use std::future::pending;
use std::io;

use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::watch;

use super::address::Address;
use super::behaviour::{Behaviour, Then};
use super::flow::{Flow, Hold};
use super::garbage::Garbage;
use super::stream::Stream;

pub(super) struct Connection {
    server_at: Address,
    client: Side,
    /// Connected to when something is to be carried there.
    server: Option<Side>,
    to_server: Flow,
    to_client: Flow,
    /// Whether a byte was swallowed, of a request or of an answer.
    has_a_hole: bool,
}

struct Side {
    reader: ReadHalf<Stream>,
    writer: WriteHalf<Stream>,
}

/// How a connection ends, as its client sees it.
enum End {
    Close,
    Reset,
}

impl Connection {
    /// `number` tells connections of a proxy apart: chance treats each of them differently.
    pub(super) fn new(client: Stream, server_at: Address, number: u64) -> Self {
        Self {
            server_at,
            client: Side::of(client),
            server: None,
            to_server: Flow::new(2 * number),
            to_client: Flow::new(2 * number + 1),
            has_a_hole: false,
        }
    }

    /// Carries, holds or swallows until either side has had enough.
    pub(super) async fn run(mut self, mut behaviour: watch::Receiver<Behaviour>) {
        loop {
            let present = behaviour.borrow_and_update().clone();
            let end = tokio::select! {
                biased;
                changed = behaviour.changed() => match changed {
                    Ok(()) if !self.has_a_hole => continue,
                    _ => End::Reset,
                },
                end = self.under(&present) => end.unwrap_or(End::Reset),
            };
            return match end {
                End::Close => {}
                End::Reset => self.client.reset(),
            };
        }
    }

    /// Returns when the connection is over. Nothing is lost when the future is dropped, but for what
    /// the behaviour is there to lose.
    async fn under(&mut self, behaviour: &Behaviour) -> io::Result<End> {
        match *behaviour {
            Behaviour::Pass => self.carry(Hold::NOT, Hold::NOT).await,
            Behaviour::Delay {
                to_server,
                to_client,
            } => self.carry(Hold::For(to_server), Hold::For(to_client)).await,
            Behaviour::Stutter(most) => self.carry(Hold::UpTo(most), Hold::UpTo(most)).await,
            Behaviour::Cut => self.cut().await,
            Behaviour::Truncate { after, then } => self.truncate(after, then).await,
            Behaviour::BlackHole => self.swallow().await.map(|never| match never {}),
            Behaviour::Refuse => Ok(End::Reset),
            Behaviour::Garbage(garbage) => self.answer(garbage).await.map(|never| match never {}),
        }
    }

    async fn carry(&mut self, there: Hold, back: Hold) -> io::Result<End> {
        self.connect().await?;
        let Some(server) = &mut self.server else {
            return Ok(End::Reset);
        };
        let there = self
            .to_server
            .carry(&mut self.client.reader, &mut server.writer, there);
        let back = self
            .to_client
            .carry(&mut server.reader, &mut self.client.writer, back);
        tokio::try_join!(there, back)?;
        Ok(End::Close)
    }

    async fn cut(&mut self) -> io::Result<End> {
        if self.server.is_none() {
            self.to_server.swallow(&mut self.client.reader).await?;
        }
        Ok(End::Reset)
    }

    async fn truncate(&mut self, after: usize, then: Then) -> io::Result<End> {
        self.connect().await?;
        let Some(server) = &mut self.server else {
            return Ok(End::Reset);
        };
        let there = self
            .to_server
            .carry(&mut self.client.reader, &mut server.writer, Hold::NOT);
        let back = self
            .to_client
            .carry_first(after, &mut server.reader, &mut self.client.writer);
        tokio::select! {
            ended = async { there.await?; pending::<io::Result<Infallible>>().await } => {
                return ended.map(|never| match never {});
            }
            ended = back => ended?,
        }
        self.has_a_hole = true;
        match then {
            Then::Close => Ok(End::Close),
            Then::Stall => self.swallow().await.map(|never| match never {}),
        }
    }

    /// Ends with the client only: nobody there is no reason for a black hole to speak.
    async fn swallow(&mut self) -> io::Result<Infallible> {
        loop {
            let has_ended = self.to_server.swallow(&mut self.client.reader).await?;
            self.has_a_hole = true;
            if has_ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn answer(&mut self, garbage: Garbage) -> io::Result<Infallible> {
        loop {
            let has_ended = self.to_server.swallow(&mut self.client.reader).await?;
            self.has_a_hole = true;
            if has_ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.client.writer.write_all(&garbage.bytes()).await?;
        }
    }

    async fn connect(&mut self) -> io::Result<()> {
        if self.server.is_none() {
            self.server = Some(Side::of(self.server_at.connect().await?));
        }
        Ok(())
    }
}

impl Side {
    fn of(stream: Stream) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self { reader, writer }
    }

    fn reset(self) {
        self.reader.unsplit(self.writer).reset();
    }
}
