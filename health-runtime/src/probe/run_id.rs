//! What Redis tells of itself.

/// Finds the value of `run_id:` in an answer to `INFO server`.
pub(super) fn run_id(info: &str) -> Option<&str> {
    info.lines()
        .find_map(|line| line.strip_prefix("run_id:"))
        .map(str::trim)
        .filter(|run_id| !run_id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_id_is_found_among_the_lines_of_info() {
        let info = "# Server\r\nredis_version:7.0.15\r\nrun_id:3f9c0a\r\ntcp_port:0\r\n";
        assert_eq!(run_id(info), Some("3f9c0a"));
    }

    #[test]
    fn a_missing_or_empty_run_id_is_none() {
        assert_eq!(run_id("# Server\r\nredis_version:7\r\n"), None);
        assert_eq!(run_id("run_id:\r\n"), None);
    }
}
