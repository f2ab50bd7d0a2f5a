//! What the agent mends itself, where somebody says so.

use std::fmt;

/// One of a few things, each harmless to do twice. It comes back from the console as its own text, and is done only while the
/// finding that named it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Sets a sysctl, by its path below `/proc/sys`.
    Sysctl {
        /// The path: `net/ipv4/ip_forward`.
        path: String,
        /// The value.
        value: String,
    },
    /// Raises the limit of open files as far as the process may.
    OpenFiles,
}

impl Fix {
    /// A sysctl.
    pub fn sysctl(path: &str, value: &str) -> Self {
        Self::Sysctl { path: path.to_owned(), value: value.to_owned() }
    }

    /// Takes what [`fmt::Display`] writes. Only sysctls of the network are ever set, and only to numbers.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "open-files" {
            return Some(Self::OpenFiles);
        }
        let (path, value) = text.strip_prefix("sysctl ")?.split_once('=')?;
        let plain = path.starts_with("net/") && !path.split('/').any(|part| matches!(part, "" | "." | ".."));
        let number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        (plain && number).then(|| Self::sysctl(path, value))
    }

    /// The command that does the same, for a shell.
    pub fn command(&self) -> String {
        match self {
            Self::Sysctl { path, value } if path.contains('.') => format!("sysctl -w {path}={value}"),
            Self::Sysctl { path, value } => format!("sysctl -w {}={value}", path.replace('/', ".")),
            Self::OpenFiles => {
                "prlimit --pid \"$(pidof arapaima-agent)\" --nofile=1048576:1048576".to_owned()
            }
        }
    }
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sysctl { path, value } => write!(f, "sysctl {path}={value}"),
            Self::OpenFiles => f.write_str("open-files"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_read_back_and_nothing_else_is_one() {
        for fix in [Fix::sysctl("net/ipv4/conf/eth0.5/rp_filter", "2"), Fix::OpenFiles] {
            assert_eq!(Fix::parse(&fix.to_string()), Some(fix));
        }
        for text in [
            "",
            "rm -rf /",
            "sysctl kernel/core_pattern=1",
            "sysctl net/../kernel/panic=1",
            "sysctl net/ipv4/ip_forward=1; reboot",
            "sysctl net/ipv4/ip_forward=",
        ] {
            assert_eq!(Fix::parse(text), None, "{text}");
        }
    }

    #[test]
    fn commands_are_for_a_shell() {
        assert_eq!(Fix::sysctl("net/ipv4/ip_forward", "1").command(), "sysctl -w net.ipv4.ip_forward=1");
        let dotted = Fix::sysctl("net/ipv4/conf/eth0.5/rp_filter", "2");
        assert_eq!(dotted.command(), "sysctl -w net/ipv4/conf/eth0.5/rp_filter=2");
    }
}
