//! A Rust program for the test of the unwinder: threads that wait in std's ways, and threads that work.
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{mpsc, Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

fn wait_deep(depth: u32) -> u64 {
    let numbers = [depth; 10];
    let below = match depth {
        0 => {
            thread::sleep(Duration::from_secs(3600));
            0
        }
        _ => wait_deep(depth - 1),
    };
    below + numbers.iter().map(|&number| u64::from(number)).sum::<u64>()
}

fn main() {
    thread::spawn(|| wait_deep(50));
    thread::spawn(|| loop {
        let map: HashMap<String, u32> = (0..1000).map(|number| (number.to_string(), number)).collect();
        black_box(map);
    });
    thread::spawn(|| loop {
        let mut numbers: Vec<u64> = (0..100_000).map(|number| number * 7919 % 100_003).collect();
        numbers.sort_unstable();
        black_box(numbers);
    });
    let (_sender, receiver) = mpsc::channel::<u32>();
    thread::spawn(move || receiver.recv());
    let pair = Arc::new((Mutex::new(()), Condvar::new()));
    thread::spawn(move || pair.1.wait(pair.0.lock().unwrap()).is_ok());
    println!("ready");
    let mut line = String::new();
    // The test that started this ends it with the pipe at the latest.
    let _ = std::io::stdin().read_line(&mut line);
}
