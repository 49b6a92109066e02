//! The catalogue's functions in Rust: those that say there what they say in Python.

/// A function of the text.
pub struct Source {
    /// How the text calls it.
    pub name: &'static str,
    /// Paths that it uses besides those of every text.
    pub uses: &'static [&'static str],
    /// Its text.
    pub text: &'static str,
    /// Whether it returns a `Result`.
    pub fails: bool,
}

/// The functions, each before those that call it.
pub const SOURCES: &[Source] = &[
    Source {
        name: "sleep",
        uses: &["std::time::Duration"],
        text: "fn sleep<T>(seconds: f64, returns: T) -> T {
    thread::sleep(Duration::from_secs_f64(seconds));
    returns
}
",
        fails: false,
    },
    Source {
        name: "fetch",
        uses: &["std::time::Duration"],
        text: r#"/// Pretends to load a page and returns its size in bytes; all others are names that nobody knows.
fn fetch(url: &str, timeout: f64) -> Result<i64, Failure> {
    let (seconds, size) = match url {
        "http://www.foxnews.com/" => (0.7, Some(224_512)),
        "http://www.cnn.com/" => (1.2, Some(1_143_207)),
        "http://europe.wsj.com/" => (0.9, Some(886_330)),
        "http://www.bbc.co.uk/" => (0.4, Some(338_514)),
        _ => (0.1, None),
    };
    thread::sleep(Duration::from_secs_f64(f64::min(seconds, timeout)));
    if seconds > timeout {
        return Err(Failure::new("TimeoutError", "timed out"));
    }
    let unknown = "<urlopen error [Errno -2] Name or service not known>";
    size.ok_or(Failure::new("URLError", unknown))
}
"#,
        fails: true,
    },
    Source {
        name: "identity",
        uses: &[],
        text: "fn identity<T>(value: T) -> T {
    value
}
",
        fails: false,
    },
    Source {
        name: "square",
        uses: &["std::ops::Mul"],
        text: "fn square<T: Copy + Mul<Output = T>>(x: T) -> T {
    x * x
}
",
        fails: false,
    },
    Source {
        name: "sum",
        uses: &["std::iter::Sum"],
        text: "fn sum<T: Copy + Sum>(values: &[T]) -> T {
    values.iter().copied().sum()
}
",
        fails: false,
    },
    Source {
        name: "diff",
        uses: &["std::ops::Sub"],
        text: "fn diff<T: Sub<Output = T>>(x: T, y: T) -> T {
    x - y
}
",
        fails: false,
    },
    Source {
        name: "divide",
        uses: &[],
        text: r#"/// Where Python raises, a float of Rust's would be infinite, or not a number.
fn divide(x: f64, y: f64) -> Result<f64, Failure> {
    if y == 0.0 {
        return Err(Failure::new("ZeroDivisionError", "division by zero"));
    }
    Ok(x / y)
}
"#,
        fails: true,
    },
    Source {
        name: "slow_sum",
        uses: &["std::ops::Add", "std::time::Duration"],
        text: "fn slow_sum<T: Add<Output = T>>(seconds: f64, x: T, y: T) -> T {
    thread::sleep(Duration::from_secs_f64(seconds));
    x + y
}
",
        fails: false,
    },
    Source {
        name: "slow_diff",
        uses: &["std::ops::Sub", "std::time::Duration"],
        text: "fn slow_diff<T: Sub<Output = T>>(seconds: f64, x: T, y: T) -> T {
    thread::sleep(Duration::from_secs_f64(seconds));
    x - y
}
",
        fails: false,
    },
    Source {
        name: "factors",
        uses: &[],
        text: "fn factors(mut n: i64) -> Vec<i64> {
    let mut found = Vec::new();
    for candidate in std::iter::once(2).chain((3..=n.isqrt()).step_by(2)) {
        while n % candidate == 0 {
            found.push(candidate);
            n /= candidate;
            if n == 1 {
                return found;
            }
        }
    }
    found.push(n);
    found
}
",
        fails: false,
    },
    Source {
        name: "is_prime",
        uses: &[],
        text: "fn is_prime(n: i64) -> bool {
    match n {
        ..2 => false,
        2 => true,
        _ if n % 2 == 0 => false,
        _ => (3..=n.isqrt())
            .step_by(2)
            .all(|candidate| n % candidate != 0),
    }
}
",
        fails: false,
    },
    Source {
        name: "fail",
        uses: &["std::time::Duration"],
        text: "fn fail<T>(kind: &'static str, message: &'static str, seconds: f64) -> Result<T, Failure> {
    thread::sleep(Duration::from_secs_f64(seconds));
    Err(Failure::new(kind, message))
}
",
        fails: true,
    },
    Source {
        name: "hang",
        uses: &["std::time::Duration"],
        text: "fn hang<T>() -> T {
    loop {
        thread::sleep(Duration::from_secs_f64(1.0));
    }
}
",
        fails: false,
    },
];

/// What went wrong in a task.
pub const FAILURE: &str = r#"/// What went wrong in a task: what Python calls an exception is a value here.
#[derive(Clone)]
struct Failure {
    kind: &'static str,
    message: &'static str,
}

impl Failure {
    fn new(kind: &'static str, message: &'static str) -> Self {
        Self { kind, message }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}
"#;

/// The function that says what this one of the catalogue does.
///
/// What is drawn at random is drawn when the text is written, so that it is the same in each run.
pub fn source(function: &str) -> Option<&'static Source> {
    let name = match function {
        "random_sleep" => "sleep",
        name => name,
    };
    SOURCES.iter().find(|source| source.name == name)
}
