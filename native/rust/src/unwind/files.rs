//! The unwind data of files, shared by every process that maps them, within a bound.
use super::cfi::Module;
use super::elf::Source;
use super::machine::Machine;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;

const MAX_MODULES: usize = 1024;
/// Node's is 3.4 MiB, Chromium's 25 MiB; a whole distribution's server has less than 64 MiB in use.
const MAX_HEAP_BYTES: usize = 192 << 20;

/// Never used twice, so that nothing that is kept by it can be about another file.
pub type ModuleId = u32;

/// A file as it is now: one that is written anew is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Vdso,
    File {
        device: u64,
        inode: u64,
        bytes: u64,
        changed: (i64, i64),
    },
}

struct Entry {
    key: Key,
    module: Module,
    heap_bytes: usize,
    used: u64,
}

#[derive(Default)]
pub struct Files {
    entries: HashMap<ModuleId, Entry>,
    ids: HashMap<Key, Option<ModuleId>>,
    next_id: ModuleId,
    clock: u64,
    heap_bytes: usize,
}

impl Files {
    /// Nothing for a file that is no ELF file of this machine.
    pub fn of_file(&mut self, file: &File, machine: &Machine) -> Option<ModuleId> {
        let data = file.metadata().ok()?;
        let key = Key::File {
            device: data.dev(),
            inode: data.ino(),
            bytes: data.len(),
            changed: (data.mtime(), data.mtime_nsec()),
        };
        self.of(key, || Some(file), machine)
    }

    pub fn of_vdso(&mut self, image: impl FnOnce() -> Option<Vec<u8>>, machine: &Machine) -> Option<ModuleId> {
        if let Some(known) = self.ids.get(&Key::Vdso) {
            return *known;
        }
        let image = image();
        self.of(Key::Vdso, || image.as_deref(), machine)
    }

    /// Nothing where the file has been evicted.
    pub fn get(&mut self, id: ModuleId) -> Option<&Module> {
        self.clock += 1;
        let entry = self.entries.get_mut(&id)?;
        entry.used = self.clock;
        Some(&entry.module)
    }

    pub fn count(&self) -> usize {
        self.entries.len()
    }

    pub fn heap_bytes(&self) -> usize {
        self.heap_bytes
    }

    fn of<'a, S: Source + ?Sized + 'a>(
        &mut self,
        key: Key,
        source: impl FnOnce() -> Option<&'a S>,
        machine: &Machine,
    ) -> Option<ModuleId> {
        if let Some(known) = self.ids.get(&key) {
            return *known;
        }
        // Keys of what is not ELF are small, and would still grow without an end.
        if self.ids.len() >= 4 * MAX_MODULES {
            self.ids.retain(|_, id| id.is_some());
        }
        let module = source().and_then(|source| Module::read(source, machine));
        let id = module.map(|module| self.add(key, module));
        self.ids.insert(key, id);
        id
    }

    fn add(&mut self, key: Key, module: Module) -> ModuleId {
        let heap_bytes = module.heap_bytes();
        while !self.entries.is_empty()
            && (self.entries.len() >= MAX_MODULES || self.heap_bytes + heap_bytes > MAX_HEAP_BYTES)
        {
            self.evict();
        }
        self.clock += 1;
        self.next_id += 1;
        self.heap_bytes += heap_bytes;
        let entry = Entry {
            key,
            module,
            heap_bytes,
            used: self.clock,
        };
        self.entries.insert(self.next_id, entry);
        self.next_id
    }

    fn evict(&mut self) {
        let oldest = self
            .entries
            .iter()
            .min_by_key(|(_, entry)| entry.used)
            .map(|(&id, _)| id);
        if let Some(entry) = oldest.and_then(|id| self.entries.remove(&id)) {
            self.heap_bytes -= entry.heap_bytes;
            self.ids.remove(&entry.key);
        }
    }
}
