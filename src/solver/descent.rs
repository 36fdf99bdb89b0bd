//! The descent of one problem, which stops wherever it needs a product with `XXᵀ`, so that many descents can share one pass over the rows.
//!
//! Newton steps by [`Conjugate`] gradients, shortened until they lower the objective enough (Armijo).

use super::conjugate::{Conjugate, dot};
use super::lanes::Real;
use super::place::Place;

/// Share of the decrease along the slope that a step must reach.
const ACCEPT: f64 = 1e-2;
/// Halvings after which a step is given up.
const MAX_HALVINGS: u32 = 30;
/// Changes of the objective below this share of it are rounding errors.
const NOISE: f64 = 1e-14;
/// Steps within these errors that may fail to halve the gradient before the descent ends.
const PATIENCE: u32 = 10;

/// What the next product is for.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// The gradient's length at zero.
    Zero,
    /// The decisions of a start.
    Start,
    /// The gradient's length, and a first iteration.
    Newton,
    /// A further iteration.
    Inner,
    /// No more product is wanted.
    Rest,
}

/// One problem on its way.
pub struct Descent<'p, T> {
    /// Where it stands.
    pub place: Place<'p>,
    system: Conjugate<T>,
    stage: Stage,
    /// The objective.
    value: f64,
    /// The last step changed the objective by less than its rounding errors.
    blind: bool,
    /// Length of the gradient when the count of stalled steps began.
    shortest: f64,
    /// Blind steps that have not halved it.
    stalled: u32,
}

impl<'p, T: Real> Descent<'p, T> {
    fn at(place: Place<'p>, stage: Stage) -> Self {
        Self {
            system: Conjugate::new(place.duals.len()),
            place,
            stage,
            value: 0.0,
            blind: false,
            shortest: f64::INFINITY,
            stalled: 0,
        }
    }

    /// From the problem's start.
    pub fn new(place: Place<'p>) -> Self {
        if place.problem.start.is_some() {
            let mut descent = Self::at(place, Stage::Start);
            let duals = descent.system.residual.iter_mut().zip(&descent.place.duals);
            duals.for_each(|(to, &dual)| *to = T::of(dual));
            descent
        } else {
            let mut descent = Self::at(place, Stage::Zero);
            descent.evaluate(0.0);
            descent
        }
    }

    /// From a place whose decisions are known.
    pub fn resumed(place: Place<'p>) -> Self {
        let mut descent = Self::at(place, Stage::Newton);
        descent.step_out();
        descent
    }

    /// The vector that the next product takes.
    pub fn wants(&self) -> &[T] {
        &self.system.residual
    }

    /// Whether no more product is wanted.
    pub fn rests(&self) -> bool {
        self.stage == Stage::Rest
    }

    /// Goes on with the product.
    pub fn take(&mut self, image: &[T]) {
        match self.stage {
            Stage::Zero => {
                self.place.set_first_length(self.length(image));
                self.place.go_to_log_odds();
                self.step_out();
            }
            Stage::Start => {
                let bias = self.place.bias;
                let decisions = self.place.decisions.iter_mut().zip(image);
                decisions.for_each(|(z, &image)| *z = image.into() + bias);
                self.step_out();
            }
            Stage::Newton => {
                if self.arrives(image) {
                    self.stage = Stage::Rest;
                } else {
                    self.iterate(image);
                }
            }
            Stage::Inner => self.iterate(image),
            Stage::Rest => {}
        }
    }

    /// Length of the gradient, given the residual's image.
    fn length(&self, image: &[T]) -> f64 {
        let bias = self.system.bias_residual;
        (dot(&self.system.residual, image).max(0.0) + bias * bias).sqrt()
    }

    /// Begins to step where the descent stands.
    fn step_out(&mut self) {
        self.value = self.evaluate(0.0);
        self.stage = Stage::Newton;
    }

    /// Whether no step is to follow.
    fn arrives(&mut self, image: &[T]) -> bool {
        let length = self.length(image);
        if !self.blind || length < 0.5 * self.shortest {
            (self.shortest, self.stalled) = (length, 0);
        }
        self.stalled += 1;
        self.place.exhausted = self.stalled > PATIENCE;
        self.place.left == 0 || length <= self.place.goal || self.place.exhausted
    }

    fn iterate(&mut self, image: &[T]) {
        self.stage = Stage::Inner;
        if !self.system.advance(self.place.problem.alpha, image) {
            self.go();
        }
    }

    /// Takes the step, or as much of it as lowers the objective enough.
    fn go(&mut self) {
        self.place.left -= 1;
        let slope = self.system.slope();
        let noise = NOISE * self.value.abs();
        let mut far = 1.0;
        for _ in 0..MAX_HALVINGS {
            let value = self.evaluate(far);
            if value <= self.value + ACCEPT * far * slope + noise {
                (self.value, self.blind) = (value, -slope <= noise);
                self.move_on(far);
                return;
            }
            far *= 0.5;
        }
        self.place.exhausted = true;
        self.stage = Stage::Rest;
    }

    fn move_on(&mut self, far: f64) {
        let (place, system) = (&mut self.place, &mut self.system);
        for (of, by) in [
            (&mut place.duals, &system.step),
            (&mut place.decisions, &system.decisions),
        ] {
            of.iter_mut().zip(by).for_each(|(of, &by)| *of += far * by.into());
        }
        place.bias += far * system.bias;
        system.restart();
        self.stage = Stage::Newton;
    }

    /// The objective after so much of the step; leaves residual and curvature of that point.
    fn evaluate(&mut self, far: f64) -> f64 {
        let (place, system) = (&self.place, &mut self.system);
        let alpha = place.problem.alpha;
        let bias = place.bias + far * system.bias;
        let mut value = 0.0;
        system.bias_residual = 0.0;
        for i in 0..place.duals.len() {
            let dual = place.duals[i] + far * system.step[i].into();
            let z = place.decisions[i] + far * system.decisions[i].into();
            let (loss, first, second) = place.loss(i, z);
            value += loss + 0.5 * alpha * dual * (z - bias);
            system.bias_residual -= first;
            system.residual[i] = T::of(-(first + alpha * dual));
            system.curvature[i] = T::of(second);
        }
        value
    }
}
