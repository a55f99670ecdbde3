//! What the checks of the code say of values that contradict each other, in the words of the file.
//! Pure.

use super::schema::{self, At, RowId, Target};

/// A problem in the words of the code, in those of the file; and the keys that it names, in order.
pub(super) fn translated(problem: &str, at: At) -> (String, Vec<RowId>) {
    // Where the words of the code are more than one name.
    const PHRASES: &[(&str, &str)] = &[
        (
            "`consecutive`, `failure_rate` or `slow_call_rate`",
            "`breaker.consecutive`, `breaker.failure_ratio` or `breaker.slow_ratio`",
        ),
        ("`mode: BreakerMode::Off`", "`breaker.mode = \"disabled\"`"),
        (
            "`ratio` or `min_per_second`",
            "`retry.budget.ratio` or `retry.budget.min_per_second`",
        ),
    ];
    let problem = PHRASES
        .iter()
        .fold(problem.to_owned(), |problem, (code, file)| {
            problem.replace(code, file)
        });
    let mut message = String::new();
    let mut rows = Vec::new();
    let mut rest = &*problem;
    while !rest.is_empty() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
        let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        let named = schema::rows(at).find(|(_, row)| {
            (row.code == word || row.path() == word) && !matches!(row.target, Target::Profile)
        });
        match named {
            Some((id, row)) => {
                message.push_str(&row.path());
                rows.push(id);
            }
            None => message.push_str(word),
        }
        let other = behind.find(is_word).unwrap_or(behind.len());
        let (between, next) = behind.split_at(other);
        message.push_str(between);
        rest = next;
    }
    (message, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_code_become_paths_of_the_file_and_other_words_stay() {
        let problem =
            "backoff.max (1s) must not be shorter than backoff.initial (2s), my.backoff.max";
        let (told, rows) = translated(problem, At::Dependency);
        assert_eq!(
            told,
            "breaker.open_for_max (1s) must not be shorter than breaker.open_for (2s), my.backoff.max"
        );
        let keys: Vec<&str> = rows.iter().map(|row| row.row().key).collect();
        assert_eq!(keys, ["open_for_max", "open_for"]);
    }
}
