//! Seeing that a program can never go on, and saying who waits for whom.
//!
//! The program hangs when its main thread waits without a deadline and *nothing* is left that could
//! end that: no agent is about to run, no timer is set, no worker could take a call, no callback runs,
//! and every running call is itself waiting. A task that never returns is no hang: it is at work, and
//! meets its limit.

use crate::engine::core::{Core, Life, Place};
use crate::engine::event::{Agent, BlockedOn, Event, HangLink, WhyHang};
use crate::engine::future::FutureState;
use crate::engine::io::Effect;
use crate::engine::mp_pool::MpPool;
use crate::engine::{Engine, Pool};
use crate::units::{FutureId, WorkerId};

/// Longer chains are cut: they are shown to people.
const LINKS: usize = 32;

impl Engine {
    pub(super) fn look_for_hang(&mut self) {
        if self.core.over || self.core.hung || !self.hangs() {
            return;
        }
        let (why, chain) = self.chain();
        self.core.record(Event::ProgramHangs { why, chain });
        self.core.hung = true;
        self.core.effects.push(Effect::Hang);
    }

    fn hangs(&self) -> bool {
        let core = &self.core;
        // The cheap questions first: this is asked after every input.
        if !core.is_stuck(Agent::Main) || !core.woken.is_empty() || !core.armed.is_empty() {
            return false;
        }
        if core.callbacks.keys().any(|lane| !core.is_stuck(*lane)) {
            return false;
        }
        let busy = match &self.pool {
            Pool::Threads(_) => false,
            Pool::Processes(pool) => pool.manager_is_busy() && !core.is_stuck(Agent::Manager),
            Pool::Mp(pool) => pool.is_busy(),
        };
        if busy {
            return false;
        }
        let has_work = self.has_work();
        (0..core.workers.len()).map(WorkerId::at).all(|worker| {
            let cell = &core.workers[worker.index()];
            match cell.life {
                Life::Gone => true,
                // Its death will be noticed, and whatever comes of that.
                _ if cell.doomed => false,
                Life::Asleep => !has_work,
                Life::Spawned
                | Life::Ending
                | Life::Holding(_)
                | Life::Initializing
                | Life::Draining => false,
                Life::Active => core.is_stuck(Agent::Worker(worker)),
                Life::Busy(call) => {
                    let own = Place::BlockedIn(worker, BlockedOn::OwnProcess);
                    core.calls[call.index()].place == own || core.is_stuck(Agent::Worker(worker))
                }
            }
        })
    }

    /// Who waits for what, from the main thread on, and why that never ends.
    fn chain(&self) -> (WhyHang, Vec<HangLink>) {
        let core = &self.core;
        let mut chain = Vec::new();
        let mut who = Agent::Main;
        let mut of = None;
        loop {
            let Some(on) = core.waiting_on(who, of) else {
                return (WhyHang::NoWorker, chain);
            };
            let link = HangLink { who, of, on };
            if chain.contains(&link) || chain.len() == LINKS {
                return (WhyHang::Circle, chain);
            }
            chain.push(link);
            if on == BlockedOn::OwnProcess {
                return (WhyHang::OwnProcess, chain);
            }
            match &self.pool {
                Pool::Processes(pool) if pool.manager_died() => {
                    return (WhyHang::HandlerDied, chain);
                }
                Pool::Mp(pool) => return (self.why_pool_hangs(pool, on, &mut chain), chain),
                Pool::Threads(_) | Pool::Processes(_) => {}
            }
            if who != Agent::Manager && core.is_stuck(Agent::Manager) {
                // Nothing comes to anybody but through the manager, and that waits itself.
                (who, of) = (Agent::Manager, None);
                continue;
            }
            let Some(next) = core.needed(who) else {
                // It waits for workers to end (or for all tasks): one of them is stuck.
                match core.stuck_worker() {
                    Some((worker, future)) => {
                        (who, of) = (Agent::Worker(worker), Some(future));
                        continue;
                    }
                    None => return (WhyHang::NoWorker, chain),
                }
            };
            if core.futures.state(next).cancelled() {
                return (WhyHang::NeverNotified, chain);
            }
            match core.calls[core.futures.get(next).call.index()].place {
                _ if who == Agent::Manager => return (WhyHang::ManagerWaits, chain),
                Place::With(worker) | Place::BlockedIn(worker, _) => {
                    (who, of) = (Agent::Worker(worker), Some(next));
                }
                _ if core.stuck_worker().is_some() => return (WhyHang::PoolFull, chain),
                _ => return (WhyHang::NoWorker, chain),
            }
        }
    }

    /// Of Pool there is no chain to follow, only one of its accidents: whoever waits, waits for a result
    /// that never becomes ready.
    fn why_pool_hangs(&self, pool: &MpPool, on: BlockedOn, chain: &mut Vec<HangLink>) -> WhyHang {
        if on == BlockedOn::Join
            && let Some(on) = pool.first_open()
        {
            chain.push(HangLink { who: Agent::WorkerHandler, of: None, on });
        }
        if pool.is_terminated() {
            return WhyHang::Terminated;
        }
        if pool.reads_no_results() {
            return WhyHang::HandlerDied;
        }
        if self.core.calls.iter().any(|call| call.place == Place::Lost) {
            return WhyHang::Lost;
        }
        match self.core.stuck_worker() {
            Some(_) => WhyHang::PoolFull,
            None => WhyHang::NoWorker,
        }
    }
}

impl Core {
    /// Whether this agent waits for what only another agent could end. A gate is a person's to open.
    fn is_stuck(&self, agent: Agent) -> bool {
        self.blocked.get(&agent).is_some_and(|blocked| {
            blocked.deadline.is_none() && !matches!(blocked.on, BlockedOn::Gate(_))
        })
    }

    fn waiting_on(&self, who: Agent, of: Option<FutureId>) -> Option<BlockedOn> {
        if let Some(future) = of
            && let Place::BlockedIn(_, on) = self.calls[future.index()].place
        {
            return Some(on);
        }
        self.blocked.get(&who).map(|blocked| blocked.on)
    }

    /// The first future that this agent needs and that is not done.
    fn needed(&self, who: Agent) -> Option<FutureId> {
        let blocked = self.blocked.get(&who)?;
        let open = |f: &FutureId| self.futures.state(*f) != FutureState::Finished;
        self.waits_for(blocked).into_iter().find(open)
    }

    fn stuck_worker(&self) -> Option<(WorkerId, FutureId)> {
        self.workers.iter().enumerate().find_map(|(index, cell)| match cell.life {
            Life::Busy(call) => Some((WorkerId::at(index), call.into())),
            _ => None,
        })
    }
}
