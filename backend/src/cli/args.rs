//! From words to what is wanted.

use std::ffi::OsString;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// How to use it.
    Help,
    /// Which version it is.
    Version,
    /// A run.
    Run(Options),
}

/// What to run, and how to tell it.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one for each switch
pub struct Options {
    /// The scenario's file; `-` is stdin.
    pub file: OsString,
    /// One record a line.
    pub json: bool,
    /// In virtual time.
    pub simulate: bool,
    /// The bookkeeping, too.
    pub everything: bool,
    /// Instead of the scenario's.
    pub seed: Option<u64>,
}

/// Reads the words after the program's name.
///
/// # Errors
/// What is wrong with them, as the first half of a sentence.
pub fn parse(args: Vec<OsString>) -> Result<Wanted, String> {
    let mut words = args.into_iter();
    let Some(command) = words.next() else {
        return Err("a command is missing".to_owned());
    };
    match command.to_str() {
        Some("run") => parse_run(words),
        Some("help" | "--help" | "-h") => Ok(Wanted::Help),
        Some("version" | "--version" | "-V") => Ok(Wanted::Version),
        _ => Err(format!("there is no command {}", command.display())),
    }
}

fn parse_run(mut words: impl Iterator<Item = OsString>) -> Result<Wanted, String> {
    let mut options = Options::default();
    let mut files = Vec::new();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--help" | "-h") => return Ok(Wanted::Help),
            Some("--json") => options.json = true,
            Some("--simulate") => options.simulate = true,
            Some("--everything") => options.everything = true,
            Some("--seed") => {
                let number = words.next().ok_or("--seed needs a number")?;
                options.seed = Some(seed(&number.to_string_lossy())?);
            }
            Some("--") => files.extend(words.by_ref()),
            Some(text) if text.starts_with("--seed=") => {
                options.seed = Some(seed(&text["--seed=".len()..])?);
            }
            Some(text) if text.starts_with('-') && text != "-" => {
                return Err(format!("run has no option {text}"));
            }
            _ => files.push(word),
        }
    }
    if options.json && options.everything {
        return Err("--everything does not go with --json, which has every record".to_owned());
    }
    let count = files.len();
    match (files.pop(), count) {
        (None, _) => Err("run needs a file".to_owned()),
        (Some(file), 1) => Ok(Wanted::Run(Options { file, ..options })),
        (Some(_), count) => Err(format!("run takes one file, not {count}")),
    }
}

fn seed(text: &str) -> Result<u64, String> {
    let range = format!("a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(|_| format!("--seed needs {range}, not {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wanted, String> {
        parse(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn options_stand_before_or_behind_the_file() {
        let wanted = Options {
            file: "a.json".into(),
            simulate: true,
            everything: true,
            seed: Some(7),
            json: false,
        };
        for line in [
            "run a.json --simulate --seed 7 --everything",
            "run --everything --seed=7 --simulate -- a.json",
        ] {
            let wanted = Options { file: wanted.file.clone(), ..wanted };
            assert_eq!(parsed(line), Ok(Wanted::Run(wanted)), "{line}");
        }
    }

    #[test]
    fn a_dash_is_a_file_and_no_option() {
        let options = Options { file: "-".into(), json: true, ..Options::default() };
        assert_eq!(parsed("run - --json"), Ok(Wanted::Run(options)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, said) in [
            ("", "a command is missing"),
            ("rnu a", "there is no command rnu"),
            ("run", "run needs a file"),
            ("run a b", "run takes one file, not 2"),
            ("run a --jsn", "run has no option --jsn"),
            ("run a --seed", "--seed needs a number"),
            (
                "run a --seed -1",
                "--seed needs a whole number from 0 to 18446744073709551615, not -1",
            ),
            (
                "run a --json --everything",
                "--everything does not go with --json, which has every record",
            ),
        ] {
            assert_eq!(parsed(line), Err(said.to_owned()), "{line}");
        }
    }

    #[test]
    fn help_and_version_have_several_names() {
        for line in ["help", "--help", "-h", "run --help"] {
            assert_eq!(parsed(line), Ok(Wanted::Help));
        }
        for line in ["version", "--version", "-V"] {
            assert_eq!(parsed(line), Ok(Wanted::Version));
        }
    }
}
