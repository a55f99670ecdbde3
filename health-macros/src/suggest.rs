//! "Did you mean": the candidate nearest to what was written, if one is near.

/// The candidate within a third of the word's length in edits, or else one that shares its first
/// three letters (`dependencies` for `deps`).
pub(crate) fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let far = (written.chars().count() / 3).max(1);
    let mut near: Option<(usize, &str)> = None;
    let mut kin = None;
    for candidate in candidates {
        let edits = distance(written, candidate);
        if edits <= far && near.is_none_or(|(least, _)| edits < least) {
            near = Some((edits, candidate));
        }
        if kin.is_none()
            && candidate
                .get(..3)
                .is_some_and(|start| written.starts_with(start))
        {
            kin = Some(candidate);
        }
    }
    near.map(|(_, candidate)| candidate).or(kin)
}

/// ``; did you mean `deps`?`` or nothing.
pub(crate) fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest(written, candidates)
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.pop() {
        None => "nothing".to_owned(),
        Some(only) if words.is_empty() => only,
        Some(last) => format!("{} and {last}", words.join(", ")),
    }
}

/// Edits between two words: insert, remove or change a letter, swap two neighbours.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let change = usize::from(from[i - 1] != to[j - 1]);
            let mut edits = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                edits = edits.min(rows[i - 2][j - 2] + 1);
            }
            row.push(edits);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_or_a_swap_is_near() {
        let keys = ["deps", "budget", "permit", "bypass"];
        assert_eq!(nearest("dep", keys), Some("deps"));
        assert_eq!(nearest("dpes", keys), Some("deps"));
        assert_eq!(nearest("bugdet", keys), Some("budget"));
        assert_eq!(nearest("permits", keys), Some("permit"));
    }

    #[test]
    fn a_longer_word_with_the_same_start_is_near() {
        assert_eq!(nearest("dependencies", ["deps"]), Some("deps"));
    }

    #[test]
    fn another_word_is_not_near() {
        assert_eq!(nearest("timeout", ["deps", "crate"]), None);
    }

    #[test]
    fn a_list_reads_as_prose() {
        assert_eq!(list([]), "nothing");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
