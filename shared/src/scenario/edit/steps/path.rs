//! Where a step stands, and where it can go from there.

use crate::scenario::Step;

/// Where a step stands in a program of steps; or, for a step that is to be put there, would stand.
///
/// ```text
///  try:                      0
///      result of a           0 · block 0 · 0
///  except ValueError:
///      print                 0 · block 1 · 0
///  print                     1
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepPath {
    /// For each step that it is within, from the outermost: that step's place in its list, and the
    /// block as [`Step::blocks`] counts them.
    within: Vec<(usize, usize)>,
    /// Its place in its list.
    pub at: usize,
}

/// A way that a step can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Before the step above; from the beginning of a body to the body above, or before its owner.
    Up,
    /// Behind the step below; from the end of a body to the body below, or behind its owner.
    Down,
    /// To the end of the body of the step above.
    In,
    /// Behind the step that it is within.
    Out,
}

impl Way {
    /// The way, in a word: `up`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

impl StepPath {
    /// A place in the program's own list.
    pub fn top(at: usize) -> Self {
        Self { within: Vec::new(), at }
    }

    /// A place in a block of this step.
    #[must_use]
    pub fn inside(&self, block: usize, at: usize) -> Self {
        let mut within = self.within.clone();
        within.push((self.at, block));
        Self { within, at }
    }

    /// Another place in the same list.
    #[must_use]
    pub fn beside(&self, at: usize) -> Self {
        Self { within: self.within.clone(), at }
    }

    /// The step that it is within, and in which of its blocks.
    pub fn owner(&self) -> Option<(Self, usize)> {
        let mut within = self.within.clone();
        let (at, block) = within.pop()?;
        Some((Self { within, at }, block))
    }

    /// How many steps it is within.
    pub fn depth(&self) -> usize {
        self.within.len()
    }

    /// The list in which it stands; none if there is no such block.
    pub fn list<'a>(&self, steps: &'a [Step]) -> Option<&'a [Step]> {
        self.within.iter().try_fold(steps, |list, (at, block)| {
            let blocks = list.get(*at)?.blocks();
            blocks.into_iter().nth(*block).map(|(_, list)| list)
        })
    }

    /// The same, to be changed.
    pub(super) fn list_mut<'a>(&self, steps: &'a mut Vec<Step>) -> Option<&'a mut Vec<Step>> {
        self.within.iter().try_fold(steps, |list, (at, block)| {
            list.get_mut(*at)?.blocks_mut().into_iter().nth(*block)
        })
    }

    /// The step that stands there.
    pub fn step<'a>(&self, steps: &'a [Step]) -> Option<&'a Step> {
        self.list(steps)?.get(self.at)
    }

    /// The same, to be changed.
    pub(in crate::scenario::edit) fn step_mut<'a>(
        &self,
        steps: &'a mut Vec<Step>,
    ) -> Option<&'a mut Step> {
        self.list_mut(steps)?.get_mut(self.at)
    }

    /// The innermost step that a JSON pointer of the document is within.
    pub fn at_pointer(steps: &[Step], pointer: &str) -> Option<Self> {
        let rest = pointer.strip_prefix("/program/steps/")?;
        let (first, mut rest) = rest.split_once('/').unwrap_or((rest, ""));
        let mut path = Self::top(first.parse().ok()?);
        let mut step = path.step(steps)?;
        // A step has few blocks: each is tried.
        'down: loop {
            for (block, (field, list)) in step.blocks().into_iter().enumerate() {
                let inner = rest.strip_prefix(&field).and_then(|rest| rest.strip_prefix('/'));
                let Some(inner) = inner else { continue };
                let (at, behind) = inner.split_once('/').unwrap_or((inner, ""));
                if let Some((at, next)) = at.parse().ok().and_then(|at| Some((at, list.get(at)?))) {
                    (path, step, rest) = (path.inside(block, at), next, behind);
                    continue 'down;
                }
            }
            return Some(path);
        }
    }

    /// The same as a JSON pointer of the document, as its problems are told:
    /// `/program/steps/2/except/0/steps/1`.
    pub fn pointer(&self, steps: &[Step]) -> String {
        let mut pointer = "/program/steps".to_owned();
        let mut list = steps;
        for (at, block) in &self.within {
            let blocks = list.get(*at).map(Step::blocks).unwrap_or_default();
            let Some((field, inner)) = blocks.into_iter().nth(*block) else { break };
            pointer = format!("{pointer}/{at}/{field}");
            list = inner;
        }
        format!("{pointer}/{}", self.at)
    }

    /// Where the step stands after it has been moved this way; none if there is no way.
    pub fn moved(&self, steps: &[Step], way: Way) -> Option<Self> {
        let list = self.list(steps)?;
        let last_of = |owner: &Self, block: usize| {
            owner.step(steps)?.blocks().into_iter().nth(block).map(|(_, list)| list.len())
        };
        match way {
            Way::Up if self.at > 0 => Some(self.beside(self.at - 1)),
            Way::Up => match self.owner()? {
                (owner, 0) => Some(owner),
                (owner, block) => Some(owner.inside(block - 1, last_of(&owner, block - 1)?)),
            },
            Way::Down if self.at + 1 < list.len() => Some(self.beside(self.at + 1)),
            Way::Down => {
                let (owner, block) = self.owner()?;
                match last_of(&owner, block + 1) {
                    Some(_) => Some(owner.inside(block + 1, 0)),
                    None => Some(owner.beside(owner.at + 1)),
                }
            }
            Way::In => {
                let above = self.beside(self.at.checked_sub(1)?);
                let blocks = above.step(steps)?.blocks();
                // Where one looks: the last of them that has a line.
                let block = blocks.iter().rposition(|(_, list)| !list.is_empty()).unwrap_or(0);
                let end = blocks.get(block)?.1.len();
                Some(above.inside(block, end))
            }
            Way::Out => self.owner().map(|(owner, _)| owner.beside(owner.at + 1)),
        }
    }
}
