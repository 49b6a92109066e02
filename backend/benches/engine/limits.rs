//! What the machine itself can do, right now: the floor under every figure.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant as Clock};

use crate::ours;

/// Round trips that one measurement makes.
pub const TRIPS: u32 = 2_000;

/// A byte through a pipe to another thread and back, [`TRIPS`] times.
pub fn ping_pong() -> Duration {
    fn pair() -> (PipeReader, PipeWriter) {
        pipe().expect("there are descriptors")
    }
    let (mut to_read, mut to_write) = pair();
    let (mut back_read, mut back_write) = pair();
    let mut byte = [0; 64];
    let other = thread::spawn(move || {
        let mut byte = [0; 64];
        while to_read.read_exact(&mut byte).is_ok() {
            back_write.write_all(&byte).expect("it is read");
        }
    });
    let start = Clock::now();
    for _ in 0..TRIPS {
        to_write.write_all(&byte).expect("it is read");
        back_read.read_exact(&mut byte).expect("it comes back");
    }
    let time = start.elapsed();
    drop(to_write);
    other.join().expect("it does not panic");
    time
}

/// A value to a parked thread and back, [`TRIPS`] times: one mutex, two condition variables.
pub fn condvar() -> Duration {
    let shared = Arc::new((Mutex::new(0_u32), Condvar::new(), Condvar::new()));
    let others = Arc::clone(&shared);
    let other = thread::spawn(move || {
        let (number, asked, answered) = &*others;
        for n in 0..TRIPS {
            let wants = |number: &mut u32| *number != 2 * n + 1;
            let mut number = asked.wait_while(number.lock().unwrap(), wants).unwrap();
            *number += 1;
            answered.notify_one();
        }
    });
    let (number, asked, answered) = &*shared;
    let start = Clock::now();
    for n in 0..TRIPS {
        *number.lock().unwrap() += 1;
        asked.notify_one();
        let wants = |number: &mut u32| *number != 2 * n + 2;
        drop(answered.wait_while(number.lock().unwrap(), wants).unwrap());
    }
    let time = start.elapsed();
    other.join().expect("it does not panic");
    time
}

/// Two threads from nothing to their first word.
pub fn two_threads() -> Duration {
    let (sender, receiver) = mpsc::channel();
    let start = Clock::now();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let sender = sender.clone();
            thread::spawn(move || sender.send(()).expect("it is received"))
        })
        .collect();
    (0..2).for_each(|_| receiver.recv().expect("both send"));
    let time = start.elapsed();
    threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    time
}

/// Two processes of our own binary from nothing to their first byte: no lock-down, no scenario.
pub fn two_execs() -> Duration {
    let start = Clock::now();
    let children: Vec<_> = (0..2)
        .map(|_| {
            let mut command = Command::new(ours::exe());
            command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped());
            command.spawn().expect("it is there")
        })
        .collect();
    let mut children = children;
    for child in &mut children {
        let mut byte = [0];
        child.stdout.as_mut().expect("it is piped").read_exact(&mut byte).expect("it speaks");
    }
    let time = start.elapsed();
    for mut child in children {
        child.wait().expect("it ends");
    }
    time
}
