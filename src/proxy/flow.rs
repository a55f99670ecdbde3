//! One direction of a connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::random::Dice;

/// The most that is carried at once.
const PIECE: usize = 16 * 1024;

/// How long each piece is held.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hold {
    For(Duration),
    UpTo(Duration),
}

impl Hold {
    pub(super) const NOT: Self = Self::For(Duration::ZERO);
}

/// What was read and is not written yet. It outlives a change of behaviour: dropping the future of
/// any method here loses nothing.
#[derive(Debug)]
pub(super) struct Flow {
    held: Vec<u8>,
    has_ended: bool,
    dice: Dice,
}

impl Flow {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            held: Vec::with_capacity(PIECE),
            has_ended: false,
            dice: Dice::new(seed),
        }
    }

    /// Carries everything until the end of the stream, and hands that on too.
    pub(super) async fn carry(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        hold: Hold,
    ) -> io::Result<()> {
        while self.fetch(from).await? {
            let wait = match hold {
                Hold::For(wait) => wait,
                Hold::UpTo(most) => most.mul_f64(self.dice.share()),
            };
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            self.hand_over(to, usize::MAX).await?;
        }
        // Its reader may have gone first.
        to.shutdown().await.ok();
        Ok(())
    }

    /// Carries this many bytes and no more. Fewer are carried if the stream ends before.
    pub(super) async fn carry_first(
        &mut self,
        bytes: usize,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        let mut left = bytes;
        while left > 0 && self.fetch(from).await? {
            left -= self.hand_over(to, left).await?;
        }
        Ok(())
    }

    /// Reads and forgets. Returns after the first piece, whether it was the last.
    pub(super) async fn swallow(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<bool> {
        let more = self.fetch(from).await?;
        self.held.clear();
        Ok(!more)
    }

    /// Makes sure that something is held. Returns whether it is; if not, the stream has ended.
    async fn fetch(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<bool> {
        if self.held.is_empty() && !self.has_ended {
            self.has_ended = from.read_buf(&mut self.held).await? == 0;
        }
        Ok(!self.held.is_empty())
    }

    /// Writes at most `limit` bytes of what is held. Returns how many those were.
    async fn hand_over(
        &mut self,
        to: &mut (impl AsyncWrite + Unpin),
        limit: usize,
    ) -> io::Result<usize> {
        let mut handed = 0;
        while handed < limit && !self.held.is_empty() {
            let most = self.held.len().min(limit - handed);
            let written = to.write(&self.held[..most]).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.held.drain(..written);
            handed += written;
        }
        Ok(handed)
    }
}
