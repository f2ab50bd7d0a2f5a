//! The programs that checks may run on this machine: what is in one directory, if root alone can change it.
//!
//! Nothing that is typed in a browser becomes a path or a command line: the console chooses among the names that stand here, and
//! what a name stands for is decided by who has root on the director.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use model::ProgramName;
use protocol::{CheckPrograms, MAX_PROGRAMS};

/// Where programs are looked for if nothing else is said.
pub const DIRECTORY: &str = "/etc/arapaima/checks";

/// So many files of the directory are looked at; whoever keeps more in it keeps something else in it.
const MOST_FILES: usize = 4 * MAX_PROGRAMS;

/// What matters of a file: who owns it, and what may be done with it.
#[derive(Clone, Copy, Debug)]
struct Facts {
    owner: u32,
    mode: u32,
    regular: bool,
}

/// The programs of `directory`, and of those that are left out why. No such directory: no programs, and nothing to complain of.
pub fn offered(directory: &Path) -> (CheckPrograms, Vec<String>) {
    let mut programs = CheckPrograms { directory: directory.display().to_string(), names: Vec::new() };
    let mut left_out = Vec::new();
    match fs::metadata(directory) {
        Ok(metadata) => {
            if let Some(why) = Facts::of(&metadata).changeable() {
                left_out.push(format!("{}: {why}; no program in it is offered", directory.display()));
                return (programs, left_out);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (programs, left_out),
        Err(error) => {
            left_out.push(format!("{}: {error}", directory.display()));
            return (programs, left_out);
        }
    }
    let mut paths: Vec<PathBuf> = match fs::read_dir(directory) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).take(MOST_FILES).collect(),
        Err(error) => {
            left_out.push(format!("{}: {error}", directory.display()));
            return (programs, left_out);
        }
    };
    paths.sort();
    for path in paths {
        match named(&path) {
            Ok(_) if programs.names.len() >= MAX_PROGRAMS => {
                left_out.push(format!("{}: more than {MAX_PROGRAMS} programs", path.display()));
            }
            Ok(name) => programs.names.push(name),
            Err(why) => left_out.push(format!("{}: {why}", path.display())),
        }
    }
    (programs, left_out)
}

/// The name of a program that may be run.
fn named(path: &Path) -> Result<ProgramName, String> {
    // Of the file itself: a link's target lies where others may write.
    let metadata = path.symlink_metadata().map_err(|error| error.to_string())?;
    if let Some(why) = Facts::of(&metadata).unfit() {
        return Err(why.to_owned());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ProgramName::parse(&name).map_err(|reason| reason.to_string())
}

impl Facts {
    fn of(metadata: &Metadata) -> Self {
        Self { owner: metadata.uid(), mode: metadata.mode(), regular: metadata.is_file() }
    }

    /// Why others than root could change it; none where they cannot.
    fn changeable(self) -> Option<&'static str> {
        if self.owner != 0 {
            Some("it does not belong to root")
        } else if self.mode & 0o022 != 0 {
            Some("others than root may write to it")
        } else {
            None
        }
    }

    /// Why it is no program to run; none where it is one.
    fn unfit(self) -> Option<&'static str> {
        if !self.regular {
            Some("it is no regular file")
        } else if self.mode & 0o111 == 0 {
            Some("it is not executable")
        } else {
            self.changeable()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const FIT: Facts = Facts { owner: 0, mode: 0o100_755, regular: true };

    #[test]
    fn only_what_root_alone_can_change_is_run() {
        assert_eq!(FIT.unfit(), None);
        assert_eq!(Facts { owner: 1000, ..FIT }.unfit(), Some("it does not belong to root"));
        assert_eq!(Facts { mode: 0o100_775, ..FIT }.unfit(), Some("others than root may write to it"));
        assert_eq!(Facts { mode: 0o100_757, ..FIT }.unfit(), Some("others than root may write to it"));
        assert_eq!(Facts { mode: 0o100_644, ..FIT }.unfit(), Some("it is not executable"));
        assert_eq!(Facts { regular: false, ..FIT }.unfit(), Some("it is no regular file"));
    }

    #[test]
    fn without_the_directory_there_are_no_programs_and_no_complaint() {
        let (programs, left_out) = offered(Path::new("/nowhere/at/all"));
        assert_eq!((programs.directory.as_str(), programs.names.len()), ("/nowhere/at/all", 0));
        assert!(left_out.is_empty(), "{left_out:?}");
    }

    /// Whoever runs the tests owns the files: as root they are offered, as anybody else each is left out with the reason.
    #[test]
    fn a_directory_is_read_and_what_is_left_out_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let add = |name: &str, mode| {
            let path = directory.path().join(name);
            fs::write(&path, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        add("check-http", 0o755);
        add("readme", 0o644);
        add("open", 0o777);
        add(".hidden", 0o755);
        std::os::unix::fs::symlink("/bin/sh", directory.path().join("shell")).unwrap();
        let (programs, left_out) = offered(directory.path());
        let is_root = fs::metadata(directory.path()).unwrap().uid() == 0;
        let names: Vec<_> = programs.names.iter().map(ProgramName::as_str).collect();
        if is_root {
            assert_eq!(names, ["check-http"]);
            assert_eq!(left_out.len(), 4, "{left_out:?}");
        } else {
            assert!(names.is_empty());
            assert!(left_out[0].contains("does not belong to root"), "{left_out:?}");
        }
    }
}
