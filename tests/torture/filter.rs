//! What a validator's link lets in: a program for the kernel's packet filter (classic BPF, McCanne
//! and Jacobson 1993), in the notation of `tc`. Loss and one-way cuts need nothing else, so they
//! work on kernels without netem and without a firewall.

use std::net::Ipv4Addr;

/// What arrives at one validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Nothing of these.
    pub blocked: Vec<Ipv4Addr>,
    /// Everything of this one.
    pub trusted: Ipv4Addr,
    /// Of the others, this part is lost.
    pub loss_percent: u32,
}

/// Where an instruction goes on when its comparison holds.
#[derive(Clone, Copy)]
enum Target {
    Next,
    Drop,
    Pass,
}

struct Instruction {
    code: u16,
    if_true: Target,
    if_false: Target,
    value: u32,
}

const LOAD_HALF_WORD: u16 = 0x28;
const LOAD_WORD: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_NOT_BELOW: u16 = 0x35;
const RETURN: u16 = 0x06;

/// Offsets in an Ethernet frame, and the place where the kernel offers a random number
/// (`SKF_AD_OFF + SKF_AD_RANDOM`).
const PROTOCOL: u32 = 12;
const SOURCE: u32 = 26;
const RANDOM: u32 = (-0x1000_i32 + 56).cast_unsigned();

const IPV4: u32 = 0x0800;

/// `TC_ACT_SHOT` and `TC_ACT_OK`.
const DROP: u32 = 2;
const PASS: u32 = 0;

const fn load(code: u16, place: u32) -> Instruction {
    Instruction { code, if_true: Target::Next, if_false: Target::Next, value: place }
}

const fn jump(code: u16, value: u32, if_true: Target, if_false: Target) -> Instruction {
    Instruction { code, if_true, if_false, value }
}

impl Filter {
    /// The program as `tc filter ... bpf bytecode` reads it.
    pub fn bytecode(&self) -> String {
        let body = self.body();
        let ends = [load(RETURN, DROP), load(RETURN, PASS)];
        let length = body.len();
        let all = body.iter().chain(&ends).enumerate();
        let lines: Vec<String> = all.map(|(position, instruction)| instruction.text(position, length)).collect();
        format!("{},{}", lines.len(), lines.join(","))
    }

    fn body(&self) -> Vec<Instruction> {
        let mut body = vec![
            load(LOAD_HALF_WORD, PROTOCOL),
            jump(JUMP_IF_EQUAL, IPV4, Target::Next, Target::Pass),
            load(LOAD_WORD, SOURCE),
        ];
        let equals = |address: &Ipv4Addr, then| jump(JUMP_IF_EQUAL, (*address).into(), then, Target::Next);
        body.extend(self.blocked.iter().map(|address| equals(address, Target::Drop)));
        body.push(equals(&self.trusted, Target::Pass));
        body.push(load(LOAD_WORD, RANDOM));
        body.push(jump(JUMP_IF_NOT_BELOW, u32::MAX / 100 * self.loss_percent, Target::Pass, Target::Drop));
        body
    }
}

impl Instruction {
    /// `code if_true if_false value`; jumps are counted in instructions from the next one. Drop
    /// stands after the body, and pass after drop.
    fn text(&self, position: usize, body_length: usize) -> String {
        let distance = |target| match target {
            Target::Next => 0,
            Target::Drop => body_length - position - 1,
            Target::Pass => body_length - position,
        };
        format!("{} {} {} {}", self.code, distance(self.if_true), distance(self.if_false), self.value)
    }
}
