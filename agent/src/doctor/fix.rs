//! What the agent mends itself, where somebody says so.

use std::fmt;

use crate::surroundings::Sysctl;

/// One of a few things, each harmless to do twice. It comes back from the console as its own text, and is done only while the
/// finding that named it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Sets a sysctl.
    Sysctl {
        /// Which.
        sysctl: Sysctl,
        /// The value.
        value: String,
    },
    /// Raises the limit of open files as far as the process may.
    OpenFiles,
}

impl Fix {
    /// Takes what [`fmt::Display`] writes. Only sysctls of the network are ever set, and only to numbers.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "open-files" {
            return Some(Self::OpenFiles);
        }
        let (path, value) = text.strip_prefix("sysctl ")?.split_once('=')?;
        let number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let sysctl = Sysctl::parse(path).filter(|_| number)?;
        Some(Self::Sysctl { sysctl, value: value.to_owned() })
    }

    /// The command that does the same, for a shell.
    pub fn command(&self) -> String {
        match self {
            Self::Sysctl { sysctl, value } => format!("sysctl -w {sysctl}={value}"),
            Self::OpenFiles => {
                "prlimit --pid \"$(pidof arapaima-agent)\" --nofile=1048576:1048576".to_owned()
            }
        }
    }
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sysctl { sysctl, value } => write!(f, "sysctl {}={value}", sysctl.path()),
            Self::OpenFiles => f.write_str("open-files"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_read_back_and_nothing_else_is_one() {
        for text in ["sysctl net/ipv4/conf/eth0.5/rp_filter=2", "open-files"] {
            assert_eq!(Fix::parse(text).unwrap().to_string(), text);
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
        let command = |text| Fix::parse(text).unwrap().command();
        assert_eq!(command("sysctl net/ipv4/ip_forward=1"), "sysctl -w net.ipv4.ip_forward=1");
        let dotted = "sysctl net/ipv4/conf/eth0.5/rp_filter=2";
        assert_eq!(command(dotted), "sysctl -w net/ipv4/conf/eth0.5/rp_filter=2");
    }
}
