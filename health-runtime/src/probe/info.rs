//! What Redis tells of itself.

/// Finds the value of a field, whose name is given with its colon, in an answer to `INFO`.
pub(super) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_among_the_lines_of_info() {
        let info = "# Server\r\nredis_version:7.0.15\r\nrun_id:3f9c0a\r\ntcp_port:0\r\n";
        assert_eq!(field(info, "run_id:"), Some("3f9c0a"));
    }

    #[test]
    fn a_missing_or_empty_field_is_none() {
        let info = "# Server\r\nredis_version:7\r\n";
        assert_eq!(field(info, "run_id:"), None);
        assert_eq!(field("run_id:\r\n", "run_id:"), None);
    }
}
