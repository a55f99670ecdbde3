//! Changes a case as tokens, so that it stays one: bytes that are changed at random rarely lex.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::case::Case;
use super::vocabulary;
use crate::random::Dice;

/// Returns another case than `input`, of at most `max` bytes; `None` if it is none, or gets too long.
pub fn mutate(input: &[u8], max: usize, seed: u32) -> Option<Vec<u8>> {
    let mut case = Case::read(input)?;
    let mut dice = Dice::new(seed.into());
    for _ in 0..=dice.below(3) {
        let in_args = dice.below(2) == 0;
        let words = if in_args {
            vocabulary::arguments()
        } else {
            vocabulary::items().to_vec()
        };
        let tokens = if in_args {
            &mut case.args
        } else {
            &mut case.item
        };
        let mut trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        change(&mut trees, &words, &mut dice);
        *tokens = trees.into_iter().collect();
    }
    let text = case.write().into_bytes();
    (text.len() <= max && Case::read(&text).is_some()).then_some(text)
}

/// Changes one place, in here or in a group of it.
fn change(trees: &mut Vec<TokenTree>, words: &[&str], dice: &mut Dice) {
    let groups: Vec<usize> = (0..trees.len())
        .filter(|at| matches!(trees[*at], TokenTree::Group(_)))
        .collect();
    if !groups.is_empty() && dice.below(3) > 0 {
        let at = groups[dice.below(groups.len())];
        if let TokenTree::Group(group) = &trees[at] {
            let mut inside: Vec<TokenTree> = group.stream().into_iter().collect();
            change(&mut inside, words, dice);
            trees[at] = Group::new(group.delimiter(), inside.into_iter().collect()).into();
            return;
        }
    }
    let word = Case::read(words[dice.below(words.len())].as_bytes());
    let word = word.map(|case| case.args).unwrap_or_default();
    let at = dice.below(trees.len() + 1);
    let other = dice.below(trees.len() + 1);
    let (from, to) = (at.min(other), at.max(other));
    match dice.below(9) {
        0 if at < trees.len() => drop(trees.remove(at)),
        1 if at < trees.len() => trees.insert(other, trees[at].clone()),
        2 if to < trees.len() => trees.swap(from, to),
        3 if at < trees.len() => drop(trees.splice(at..=at, word)),
        4 => {
            let inside: TokenStream = trees.drain(from..to).collect();
            let delimiters = [
                Delimiter::Parenthesis,
                Delimiter::Brace,
                Delimiter::Bracket,
                Delimiter::None,
            ];
            trees.insert(from, Group::new(delimiters[dice.below(4)], inside).into());
        }
        5 => {
            if let Some(TokenTree::Group(group)) = trees.get(at) {
                let inside = group.stream();
                drop(trees.splice(at..=at, inside));
            }
        }
        _ => drop(trees.splice(at..at, word)),
    }
}
