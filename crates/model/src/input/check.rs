//! The form of a check: Piranha's *Monitoring scripts*.

use super::reader::Reader;
use super::{input, shown, ticked, typed};
use crate::{Check, Field, Payload, Problems, ProgramName, Reason, ServiceSettings};

input! {
    /// What the form of a check holds.
    CheckInput {
        check = Check,
        send = Send,
        expect = Expect,
        use_regex = UseRegex,
        send_program = SendProgram,
    }
}

impl CheckInput {
    /// The check meant; else everything that is wrong.
    pub fn parse(&self) -> Result<Check, Problems> {
        let mut reader = Reader::default();
        let check = self.read(&mut reader, Payload::is_regex);
        reader.finish(check, Field::Check)
    }

    /// The same of what is stored: an import may hold an expression that is none.
    pub fn parse_stored(&self) -> Option<Check> {
        self.read(&mut Reader::default(), |_| true)
    }

    fn read(&self, reader: &mut Reader, is_regex: impl Fn(&Payload) -> bool) -> Option<Check> {
        match typed::fold(&self.check).to_ascii_lowercase().as_str() {
            "" | "connect" => Some(Check::Connect),
            "send_expect" => {
                let send = reader.payload(Field::Send, &self.send);
                let expect = reader.payload(Field::Expect, &self.expect);
                let regex = reader.flag(Field::UseRegex, &self.use_regex);
                let meant = expect.as_ref().and_then(Option::as_ref).filter(|_| regex == Some(true));
                if meant.is_some_and(|expect| !is_regex(expect)) {
                    reader.note(Field::Expect, &self.expect, Reason::NotARegex);
                }
                Some(Check::SendExpect { send: send?, expect: expect?, regex: regex? })
            }
            "program" => {
                let program = |text: &str| ProgramName::parse(&typed::fold(text));
                let program = reader.required(Field::SendProgram, &self.send_program, program);
                let expect = reader.payload(Field::Expect, &self.expect);
                Some(Check::Program { program: program?, expect: expect? })
            }
            _ => {
                let choices = "connect, send_expect, program";
                reader.note(Field::Check, &self.check, Reason::NotOneOf { choices });
                None
            }
        }
    }
}

/// The form of a virtual service's check.
impl From<&ServiceSettings> for CheckInput {
    fn from(settings: &ServiceSettings) -> Self {
        Self::from(&settings.check)
    }
}

impl From<&Check> for CheckInput {
    fn from(check: &Check) -> Self {
        match check {
            Check::Connect => Self { check: "connect".into(), ..Self::default() },
            Check::SendExpect { send, expect, regex } => Self {
                check: "send_expect".into(),
                send: shown(send.as_ref()),
                expect: shown(expect.as_ref()),
                use_regex: ticked(*regex),
                send_program: String::new(),
            },
            Check::Program { program, expect } => Self {
                check: "program".into(),
                expect: shown(expect.as_ref()),
                send_program: program.to_string(),
                ..Self::default()
            },
        }
    }
}
