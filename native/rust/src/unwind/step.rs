//! From the registers of a frame to those of its caller.
use super::cfi::{Cfa, Expression, Module, Place, Row};
use super::machine::{Machine, Registers};
use super::stack::Stack;

/// An expression of a compiler has about ten operations; one of an attacker may loop.
const MAX_OPERATIONS: u32 = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The slice has not what the step needs.
    Stack,
    /// A register that the rule asks for is not known, or its expression makes no sense.
    Rule,
}

/// The caller's registers; nothing for the outermost frame.
pub type Step = Result<Option<Registers>, Failure>;

pub struct Frame<'a> {
    pub machine: &'a Machine,
    pub registers: &'a Registers,
    pub stack: &'a Stack<'a>,
}

impl Frame<'_> {
    /// @param module where the row's expressions are
    pub fn by_rule(&self, row: &Row, module: Option<&Module>) -> Step {
        let cfa = match row.cfa {
            Cfa::Register(register, offset) => self.register(register)?.wrapping_add_signed(offset),
            Cfa::Expression(expression) => self.evaluate(&expression, module, None)?,
        };
        let mut caller = *self.registers;
        caller.set(self.machine.sp, Some(cfa));
        for &(register, place) in &row.places {
            let value = match place {
                Place::Undefined => None,
                Place::Same => self.registers.get(register),
                Place::At(offset) => self.kept(row, register, cfa.wrapping_add_signed(offset))?,
                Place::Value(offset) => Some(cfa.wrapping_add_signed(offset)),
                Place::Register(other) => self.registers.get(other),
                Place::AtExpression(expression) => {
                    self.kept(row, register, self.evaluate(&expression, module, Some(cfa))?)?
                }
                Place::ValueOfExpression(expression) => Some(self.evaluate(&expression, module, Some(cfa))?),
            };
            caller.set(register, value);
        }
        match caller.get(row.return_address) {
            Some(address) => caller.set(self.machine.ip, Some(address & self.machine.address_mask)),
            None => return Ok(None),
        }
        Ok(Some(caller))
    }

    /// By the frame pointer: where it points are the caller's frame pointer and, above it, the return address. Nothing
    /// else is known of the caller, and on aarch64 not sp either: there the pair is at the frame's other end.
    pub fn by_frame_pointer(&self) -> Step {
        let at = self.register(self.machine.fp)?;
        if at == 0 {
            return Ok(None);
        }
        if !at.is_multiple_of(8) || self.registers.get(self.machine.sp).is_some_and(|sp| at < sp) {
            return Err(Failure::Rule);
        }
        let mut caller = Registers::default();
        caller.set(self.machine.fp, Some(self.read(at)?));
        let address = self.read(at.wrapping_add(8))?;
        caller.set(self.machine.ip, Some(address & self.machine.address_mask));
        if self.machine.link.is_none() {
            caller.set(self.machine.sp, Some(at.wrapping_add(16)));
        }
        Ok(Some(caller))
    }

    fn register(&self, register: u8) -> Result<u64, Failure> {
        self.registers.get(register).ok_or(Failure::Rule)
    }

    /// A register that nothing else depends on may be out of reach, as those below a red zone are; not the return
    /// address.
    fn kept(&self, row: &Row, register: u8, address: u64) -> Result<Option<u64>, Failure> {
        match self.stack.read(address) {
            None if register == row.return_address => Err(Failure::Stack),
            value => Ok(value),
        }
    }

    fn read(&self, address: u64) -> Result<u64, Failure> {
        self.stack.read(address).ok_or(Failure::Stack)
    }

    fn evaluate(&self, expression: &Expression, module: Option<&Module>, first: Option<u64>) -> Result<u64, Failure> {
        let bytes = module
            .and_then(|module| module.expression(expression))
            .ok_or(Failure::Rule)?;
        let mut evaluation = bytes.evaluation(expression.encoding);
        evaluation.set_max_iterations(MAX_OPERATIONS);
        if let Some(first) = first {
            evaluation.set_initial_value(first);
        }
        let mut state = evaluation.evaluate();
        for _ in 0..MAX_OPERATIONS {
            state = match state.map_err(|_| Failure::Rule)? {
                gimli::EvaluationResult::Complete => return result(&evaluation),
                gimli::EvaluationResult::RequiresRegister { register, .. } => {
                    let register = u8::try_from(register.0).map_err(|_| Failure::Rule)?;
                    evaluation.resume_with_register(gimli::Value::Generic(self.register(register)?))
                }
                gimli::EvaluationResult::RequiresMemory { address, size: 8, .. } => {
                    evaluation.resume_with_memory(gimli::Value::Generic(self.read(address)?))
                }
                _ => return Err(Failure::Rule),
            };
        }
        Err(Failure::Rule)
    }
}

fn result<R: gimli::Reader>(evaluation: &gimli::Evaluation<R>) -> Result<u64, Failure> {
    match evaluation.as_result() {
        [gimli::Piece {
            location: gimli::Location::Address { address },
            ..
        }] => Ok(*address),
        _ => Err(Failure::Rule),
    }
}
