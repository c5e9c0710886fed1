// SPDX-License-Identifier: Apache-2.0
//! What every binding has for its tests. `ttread vectors`: lines of ../vectors.jq
//! on standard input; `ttread live PATH N`: N readings, some ms apart; `ttread spin
//! PATH N`: without a pause; `ttread commit PATH`: commit timestamps and waits, at the
//! ends of the range too, a word for each.

use std::io::{self, BufRead};
use std::process::exit;
use std::thread::sleep;
use std::time::Duration;

use truetime::{Clock, Error, Slot, SLOT_WORDS};

fn word(text: &str) -> u64 {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("a word")
}

fn answer(question: &[&str]) -> String {
    let mut words = [0; SLOT_WORDS];
    for (w, text) in words.iter_mut().zip(&question[3..]) {
        *w = word(text);
    }
    let slot = Slot::decode(&words);
    if question[0] == "ticks" {
        let ticks = question[2].parse().expect("ticks");
        return slot.raw_of_ticks(ticks).to_string();
    }
    let raw = question[2].parse().expect("a raw time");
    match slot.evaluate(raw, question[1] == "now", question[0] == "tai") {
        Ok(i) => format!(
            "{} {} {} {} {}",
            i.earliest_ns, i.latest_ns, i.epoch, i.state, i.flags
        ),
        Err(e) => e.to_string(),
    }
}

fn vectors() -> bool {
    let (mut count, mut bad) = (0, 0);
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line");
        let (question, expected) = line.split_once(" = ").expect("a question");
        let got = answer(&question.split_whitespace().collect::<Vec<_>>());
        count += 1;
        if got != expected {
            bad += 1;
            println!("{} gives {} not {}", question, got, expected);
        }
    }
    println!("{} checks, {} failed", count, bad);
    bad == 0 && count > 0
}

fn live(path: &str, count: usize, pause: Duration) {
    let clock = Clock::open(Some(path));
    for _ in 0..count {
        match clock.now() {
            Ok(i) => println!(
                "{} {} {} {} {} {}",
                i.raw_ns, i.earliest_ns, i.latest_ns, i.epoch, i.state, i.flags
            ),
            Err(e) => println!("{}", e),
        }
        sleep(pause);
    }
}

fn commit(path: &str) {
    let clock = Clock::open(Some(path));
    if let Err(e) = clock.wait_after(i64::MIN, Some(Duration::ZERO)) {
        print!("{} ", e);
    }
    let a = clock.commit_timestamp(i64::MIN).unwrap_or(i64::MAX);
    let b = clock.commit_timestamp(i64::MIN).unwrap_or(i64::MIN);
    let waited = clock.wait_after(b, Some(Duration::from_secs(10)));
    let text = |r: Result<i64, Error>| r.map_or_else(|e| e.to_string(), |t| t.to_string());
    println!(
        "past {} {} {} {} {}",
        if a < b { "rising" } else { "falling" },
        if waited.is_ok() && clock.after(b) { "waited" } else { "early" },
        text(clock.wait_after(i64::MAX, Some(Duration::ZERO)).map(|_| 0)),
        text(clock.commit_timestamp(i64::MAX)),
        text(clock.commit_timestamp(0)),
    );
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["vectors"] => exit(i32::from(!vectors())),
        [mode @ ("live" | "spin"), path, count] if count.parse::<usize>().is_ok() => {
            let ms = if mode == "live" { 3 } else { 0 };
            live(path, count.parse().unwrap_or(0), Duration::from_millis(ms))
        }
        ["commit", path] => commit(path),
        _ => {
            eprintln!("usage: ttread vectors | ttread live|spin PATH N | ttread commit PATH");
            exit(2);
        }
    }
}
