//! What is mapped where in which process, within a bound.
use super::files::{Files, ModuleId};
use super::machine::Machine;
use super::maps::{self, Kind, Mapping};
use std::collections::HashMap;
use std::time::{Duration, Instant};

const MAX_PROCESSES: usize = 1024;
/// A library may be replaced by another one at its address, which no address shows.
const MAX_AGE: Duration = Duration::from_secs(10);
/// Each address that a just-in-time compiler maps is new, and maps of a large process takes a millisecond to read.
const MIN_AGE: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug)]
enum State {
    Unopened,
    Unusable,
    Open(ModuleId),
}

struct Process {
    identity: u64,
    mappings: Vec<(Mapping, State)>,
    read: Instant,
    used: u64,
}

/// What is known of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// In a file, at the address that the linker gave it.
    File(ModuleId, u64),
    /// Mapped and executable, but of no file that can be used.
    Other,
    /// Not executable: no return address.
    None,
    /// The process has gone, or may not be read.
    NoProcess,
}

#[derive(Default)]
pub struct Processes {
    processes: HashMap<u32, Process>,
    clock: u64,
}

impl Processes {
    /// @param identity what changes when the pid is another process or another program; what was known is forgotten
    pub fn find(&mut self, pid: u32, identity: u64, address: u64, files: &mut Files, machine: &Machine) -> Code {
        self.clock += 1;
        let known = self
            .processes
            .get_mut(&pid)
            .filter(|process| process.identity == identity);
        let stale = match known {
            None => true,
            Some(process) => {
                process.used = self.clock;
                let age = process.read.elapsed();
                age > MAX_AGE || age > MIN_AGE && process.at(address).is_none()
            }
        };
        if stale {
            self.read(pid, identity);
        }
        let Some(process) = self
            .processes
            .get_mut(&pid)
            .filter(|process| process.identity == identity)
        else {
            return Code::NoProcess;
        };
        match process.at(address) {
            None => Code::None,
            Some(index) => process.code(index, pid, address, files, machine),
        }
    }

    pub fn count(&self) -> usize {
        self.processes.len()
    }

    /// What was known of a process that has gone remains: its last stacks are still to be unwound.
    fn read(&mut self, pid: u32, identity: u64) {
        let Some(mappings) = maps::read_maps(pid) else {
            if let Some(process) = self.processes.get_mut(&pid) {
                process.read = Instant::now();
            }
            return;
        };
        if self.processes.len() >= MAX_PROCESSES {
            let oldest = self.processes.iter().min_by_key(|(_, process)| process.used);
            if let Some(oldest) = oldest.map(|(&pid, _)| pid) {
                self.processes.remove(&oldest);
            }
        }
        let mappings = mappings.into_iter().map(|mapping| (mapping, State::Unopened));
        let process = Process {
            identity,
            mappings: mappings.collect(),
            read: Instant::now(),
            used: self.clock,
        };
        self.processes.insert(pid, process);
    }
}

impl Process {
    fn at(&self, address: u64) -> Option<usize> {
        let after = self.mappings.partition_point(|(mapping, _)| mapping.start <= address);
        let index = after.checked_sub(1)?;
        (address < self.mappings[index].0.end).then_some(index)
    }

    fn code(&mut self, index: usize, pid: u32, address: u64, files: &mut Files, machine: &Machine) -> Code {
        let (mapping, state) = &mut self.mappings[index];
        let mut evicted = |id| files.get(id).is_none();
        if matches!(*state, State::Unopened) || matches!(*state, State::Open(id) if evicted(id)) {
            let id = match mapping.kind {
                Kind::File(_) => maps::open(pid, mapping).and_then(|file| files.of_file(&file, machine)),
                Kind::Vdso => files.of_vdso(maps::read_vdso, machine),
                Kind::Anonymous => None,
            };
            *state = id.map_or(State::Unusable, State::Open);
        }
        let State::Open(id) = *state else {
            return Code::Other;
        };
        let file_offset = address.wrapping_sub(mapping.start).wrapping_add(mapping.offset);
        match files.get(id).and_then(|module| module.address_of(file_offset)) {
            Some(address) => Code::File(id, address),
            None => Code::Other,
        }
    }
}
