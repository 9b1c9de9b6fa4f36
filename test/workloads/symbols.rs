// SPDX-License-Identifier: MIT
//! Says where a Rust function is, and stays until its input ends.

mod shop {
    #[inline(never)]
    pub fn fill<T: std::fmt::Debug>(item: T) -> usize {
        std::hint::black_box(&item);
        format!("{item:?}").len()
    }
}

fn main() {
    std::hint::black_box(shop::fill(std::hint::black_box(5u64)));
    println!("chain {:x}", shop::fill::<u64> as fn(u64) -> usize as usize);
    println!("ready");
    let _ = std::io::stdin().read_line(&mut String::new());
}
