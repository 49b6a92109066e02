//! Golden sets: what a real CPython was seen to do with a scenario, in how many of how many runs.
//!
//! `cargo xtask golden` writes them, `shared/tests/golden.rs` holds the engine against them.
//!
//! ```text
//!  {
//!   "example": "seed-003-line-024-done",       or "scenario": the document itself
//!   "recordings": [                            one for each interpreter
//!    {"python":"3.11", …, "counts":[49,1]}     how many runs had each of the forms
//!   ],
//!   "forms": [                                 what they looked like, as far as Python can tell
//!    { "futures": …, "main": …, "end": … }
//!   ]
//!  }
//! ```

use serde::{Deserialize, Serialize};

use crate::scenario::{Plan, Python, Scenario, ScenarioError, StartMethod};
use crate::view::normal_form::NormalForm;

/// The recordings of one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The name of an example, without `.json`, whose scenario it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The scenario, where it is no example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Scenario>,
    /// Written by hand: why the search for these forms is not expected to come to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_large: Option<String>,
    /// Written by hand: why the scenario's seed does not give the form that most runs had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed_differs: Option<String>,
    /// One for each interpreter.
    pub recordings: Vec<Recording>,
    /// Every form that was seen, the most frequent first.
    pub forms: Vec<NormalForm>,
}

/// What one interpreter did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Whose rules these are.
    pub python: Python,
    /// What `sys.version` says.
    pub version: String,
    /// How processes were started, if the executor has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_method: Option<StartMethod>,
    /// Runs that count: those that the machine did not disturb.
    pub runs: u32,
    /// How many of them had each of [`Golden::forms`].
    pub counts: Vec<u32>,
}

/// The share of runs, in percent, above which a form is the one that the scenario's seed must give.
pub const DOMINANT_PERCENT: u32 = 80;

impl Recording {
    /// The place of the form that at least [`DOMINANT_PERCENT`] of the runs had.
    pub fn dominant(&self) -> Option<usize> {
        let (place, count) = self.counts.iter().enumerate().max_by_key(|(_, count)| **count)?;
        (*count * 100 >= self.runs * DOMINANT_PERCENT).then_some(place)
    }
}

impl Golden {
    /// Its scenario as a plan by this version's rules; `of_example` is the scenario if it is an
    /// example's.
    ///
    /// # Errors
    /// The scenario is not one of this version: [`ScenarioError`].
    pub fn plan(of_example: Scenario, python: Python) -> Result<Plan, ScenarioError> {
        Scenario { python, ..of_example }.check()
    }

    /// A document with a line for each recording and for each part of a form, so that a diff says what
    /// is different.
    pub fn to_json(&self) -> String {
        let mut fields = Vec::new();
        if let Some(example) = &self.example {
            fields.push(format!(" \"example\": {}", json(example)));
        }
        if let Some(scenario) = &self.scenario {
            fields.push(format!(" \"scenario\": {}", indented(&scenario.to_json())));
        }
        for (name, why) in [("too_large", &self.too_large), ("seed_differs", &self.seed_differs)] {
            if let Some(why) = why {
                fields.push(format!(" \"{name}\": {}", json(why)));
            }
        }
        let recordings: Vec<String> =
            self.recordings.iter().map(|one| format!("  {}", json(one))).collect();
        fields.push(format!(" \"recordings\": [\n{}\n ]", recordings.join(",\n")));
        let forms: Vec<String> = self.forms.iter().map(form).collect();
        fields.push(format!(" \"forms\": [\n{}\n ]", forms.join(",\n")));
        format!("{{\n{}\n}}\n", fields.join(",\n"))
    }
}

/// One form, a line a field.
fn form(form: &NormalForm) -> String {
    let serde_json::Value::Object(fields) =
        serde_json::to_value(form).expect("a form has text keys only")
    else {
        unreachable!("a form is an object")
    };
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("   {}: {value}", json(name))).collect();
    format!("  {{\n{}\n  }}", fields.join(",\n"))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it has text keys only")
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> Golden {
        let scenario = r#"{"format":1,"executor":{"kind":"threads","workers":1},
            "tasks":[{"id":"a","function":"identity","args":{"value":1}}],
            "program":{"mode":"submit"}}"#;
        let form = r#"{"futures":[{"name":"a","state":"FINISHED","outcome":{"returned":"1"}}],
            "main":[{"printed":"x"}],"end":"returned"}"#;
        Golden {
            example: None,
            scenario: Some(Scenario::parse(scenario).unwrap()),
            too_large: Some("because".to_owned()),
            seed_differs: None,
            recordings: vec![Recording {
                python: Python::V3_12,
                version: "3.12.1".to_owned(),
                start_method: None,
                runs: 10,
                counts: vec![8, 2],
            }],
            forms: vec![serde_json::from_str(form).unwrap()],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let golden = golden();
        let read: Golden = serde_json::from_str(&golden.to_json()).unwrap();
        assert_eq!(read, golden);
        assert_eq!(read.to_json(), golden.to_json());
    }

    #[test]
    fn a_form_dominates_from_four_fifths_on() {
        let mut recording = golden().recordings.remove(0);
        assert_eq!(recording.dominant(), Some(0));
        recording.counts = vec![7, 3];
        assert_eq!(recording.dominant(), None);
        recording.counts = vec![0, 10];
        assert_eq!(recording.dominant(), Some(1));
    }
}
