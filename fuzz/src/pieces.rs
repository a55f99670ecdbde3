//! A peer whose bytes arrive in pieces.

use std::io::{self, Read};

/// Gives its bytes in pieces of a size, and ends.
pub(crate) struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(bytes: &'a [u8], piece: usize) -> Self {
        Self { rest: bytes, piece }
    }

    /// The next piece, of at most this many bytes.
    pub(crate) fn next(&mut self, most: usize) -> &'a [u8] {
        let (piece, rest) = self
            .rest
            .split_at(self.rest.len().min(self.piece).min(most));
        self.rest = rest;
        piece
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.next(buffer.len());
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}
