//! User stacks without frame pointers: walks a copied slice of a stack by the unwind tables of the mapped files.
//!
//! Every register that DWARF numbers is followed, because tables ask for more than ip, sp and the frame pointer.
//! One thread at a time may use an unwinder.
//!
//! `ffi` is the C interface. For each frame, `processes` finds the file that the address is in (`maps`, `files`); `cfi`
//! and `go` have the rule that leads to the caller, from sections that `elf` reads; `step` applies it to the registers
//! (`machine`) and the copied slice (`stack`).
pub mod cfi;
pub mod elf;
pub mod ffi;
pub mod files;
pub mod go;
pub mod machine;
pub mod maps;
pub mod processes;
pub mod stack;
pub mod step;

use cfi::Row;
use files::{Files, ModuleId};
use machine::{Machine, Registers};
use processes::{Code, Processes};
use stack::Stack;
use std::rc::Rc;
use step::{Failure, Frame, Step};

/// Rules that are kept, by address: a power of two. A machine's threads wait at some hundred places.
const KEPT_ROWS: usize = 1 << 13;

/// See unwind.h.
pub mod flags {
    pub const COMPLETE: u32 = 1 << 0;
    pub const SLICE_ENDED: u32 = 1 << 1;
    pub const FRAME_POINTER: u32 = 1 << 2;
    pub const NO_DATA: u32 = 1 << 3;
    pub const NO_PROCESS: u32 = 1 << 4;
    pub const BROKEN: u32 = 1 << 5;
    pub const FULL: u32 = 1 << 6;
    /// From here on, the number of the first frame that was left by its frame pointer.
    pub const FIRST_SHIFT: u32 = 8;
}

pub struct Request<'a> {
    pub pid: u32,
    pub identity: u64,
    pub registers: Registers,
    pub stack: Stack<'a>,
}

type Kept = Option<(ModuleId, u64, Option<Rc<Row>>)>;

pub struct Unwinder {
    machine: &'static Machine,
    processes: Processes,
    files: Files,
    rows: Vec<Kept>,
    context: Box<gimli::UnwindContext<usize>>,
}

impl Default for Unwinder {
    fn default() -> Self {
        Self {
            machine: machine::NATIVE,
            processes: Processes::default(),
            files: Files::default(),
            rows: vec![None; KEPT_ROWS],
            context: Box::default(),
        }
    }
}

impl Unwinder {
    /// How many processes and files are known, and the memory that the files' tables take.
    pub fn kept(&self) -> (usize, usize, usize) {
        (self.processes.count(), self.files.count(), self.files.heap_bytes())
    }

    /// Fills `frames` from the innermost one. Returns how many there are, and flags that say how the walk ended.
    pub fn unwind(&mut self, request: &Request, frames: &mut [u64]) -> (usize, u32) {
        let mut registers = request.registers;
        let mut interrupted = true;
        let mut count = 0;
        let mut outcome = 0;
        loop {
            let Some(ip) = registers.get(self.machine.ip) else {
                return (count, outcome | flags::BROKEN);
            };
            if ip == 0 {
                return (count, outcome | flags::COMPLETE);
            }
            if count == frames.len() {
                return (count, outcome | flags::FULL);
            }
            // A call may be the last instruction of its function, and what follows another one's.
            let inside = if interrupted { ip } else { ip.wrapping_sub(1) };
            let code = self.find(request, inside);
            if code == Code::None && count > 0 {
                return (count, outcome | flags::BROKEN);
            }
            if code == Code::NoProcess {
                outcome |= flags::NO_PROCESS;
            }
            frames[count] = ip;
            count += 1;

            let (step, signal, by_rule) = self.step(request, &registers, code, inside);
            if !by_rule && outcome & flags::FRAME_POINTER == 0 {
                outcome |= flags::FRAME_POINTER | (count as u32 - 1) << flags::FIRST_SHIFT;
            }
            if !by_rule && matches!(code, Code::File(..)) {
                outcome |= flags::NO_DATA;
            }
            let caller = match step {
                Ok(None) => return (count, outcome | flags::COMPLETE),
                Err(Failure::Stack) => return (count, outcome | flags::SLICE_ENDED),
                Err(Failure::Rule) => return (count, outcome | flags::BROKEN),
                Ok(Some(caller)) => caller,
            };
            if !signal && !self.leads_outwards(&registers, &caller, count) {
                return (count, outcome | flags::BROKEN);
            }
            registers = caller;
            interrupted = signal;
        }
    }

    fn find(&mut self, request: &Request, address: u64) -> Code {
        let Self {
            processes,
            files,
            machine,
            ..
        } = self;
        processes.find(request.pid, request.identity, address, files, machine)
    }

    /// Also returns whether the caller was interrupted, and whether a rule led to it.
    fn step(&mut self, request: &Request, registers: &Registers, code: Code, inside: u64) -> (Step, bool, bool) {
        let frame = Frame {
            machine: self.machine,
            registers,
            stack: &request.stack,
        };
        if let Code::File(id, address) = code {
            if let Some(row) = self.row(request.pid, id, address, inside) {
                let step = frame.by_rule(&row, self.files.get(id));
                if !matches!(step, Err(Failure::Rule)) {
                    return (step, row.signal, true);
                }
            }
        }
        (frame.by_frame_pointer(), false, false)
    }

    fn row(&mut self, pid: u32, id: ModuleId, address: u64, inside: u64) -> Option<Rc<Row>> {
        let hash = (address ^ u64::from(id) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = (hash >> 32) as usize % KEPT_ROWS;
        if let Some((kept_id, kept_address, row)) = &self.rows[place] {
            if (*kept_id, *kept_address) == (id, address) {
                return row.clone();
            }
        }
        let module = self.files.get(id)?;
        let row = module
            .row(&mut self.context, self.machine, address)
            .or_else(|| is_sigreturn(self.machine, pid, inside).then(|| Row::of_sigreturn(self.machine)))
            .map(Rc::new);
        self.rows[place] = Some((id, address, row.clone()));
        row
    }

    /// Callers are higher on the stack, or the walk could go on forever. A function that has not used the stack yet
    /// is as high as its caller where the return address is in a register.
    fn leads_outwards(&self, frame: &Registers, caller: &Registers, count: usize) -> bool {
        match (frame.get(self.machine.sp), caller.get(self.machine.sp)) {
            (Some(from), Some(to)) => to > from || to == from && count == 1 && self.machine.link.is_some(),
            _ => match (frame.get(self.machine.fp), caller.get(self.machine.fp)) {
                (Some(from), Some(to)) => to > from || to == 0,
                _ => false,
            },
        }
    }
}

fn is_sigreturn(machine: &Machine, pid: u32, address: u64) -> bool {
    let mut code = [0; 16];
    // The return address of a handler is not that of a call: the byte before it is another function's.
    [0, 1].iter().any(|skip| {
        let bytes = maps::read_code(pid, address.wrapping_add(*skip), &mut code);
        machine.is_sigreturn(&code[..bytes])
    })
}
