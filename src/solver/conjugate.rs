//! Conjugate gradients for one Newton step, carried out on the rows.
//!
//! A step that starts from zero stays a combination of rows, `s = Xᵀσ`, and so do residual and direction. So the method of Hestenes and Stiefel (1952) runs on
//! their coefficients, with the inner product `aᵀ·XXᵀ·b`: the same iterates, but the vectors are as long as there are rows, not features, of which
//! sparse text has many more. Each iteration takes one product with `XXᵀ`, which the caller supplies.

use super::lanes::Real;

/// An iteration must gain this share of the mean gain so far to be followed by another (Nash and Sofer, *Assessing a search direction within a
/// truncated-Newton method*, 1990). The rule needs no product beyond those of the iterations.
const WORTHWHILE: f64 = 0.3;
/// Iterations at most.
const MAX_ITERATIONS: u32 = 250;

/// A linear system `(alpha + XᵀDX) s = Xᵀ·residual` with a bias that is not regularised, and the step towards its solution.
pub struct Conjugate<T> {
    /// What is left to do away with, as coefficients of the rows; its image under `XXᵀ` is what [`Self::advance`] wants.
    pub residual: Vec<T>,
    /// The bias's part of it.
    pub bias_residual: f64,
    /// `D`: second derivative of each row's loss.
    pub curvature: Vec<T>,
    /// `σ`, where the step of the weights is `Xᵀσ`.
    pub step: Vec<T>,
    /// What the step changes in each row's decision function.
    pub decisions: Vec<T>,
    /// The step of the bias.
    pub bias: f64,
    direction: Vec<T>,
    image: Vec<T>,
    bias_direction: f64,
    squares: f64,
    gained: f64,
    iterations: u32,
}

impl<T: Real> Conjugate<T> {
    /// For so many rows.
    pub fn new(rows: usize) -> Self {
        let zeros = || vec![T::default(); rows];
        Self {
            residual: zeros(),
            curvature: zeros(),
            step: zeros(),
            decisions: zeros(),
            direction: zeros(),
            image: zeros(),
            bias_residual: 0.0,
            bias: 0.0,
            bias_direction: 0.0,
            squares: 0.0,
            gained: 0.0,
            iterations: 0,
        }
    }

    /// Forgets the last step; the residual and the curvature are those of a new point.
    pub fn restart(&mut self) {
        self.step.fill(T::default());
        self.decisions.fill(T::default());
        (self.bias, self.gained, self.iterations) = (0.0, 0.0, 0);
    }

    /// One iteration, given the residual's image. False if another is not worthwhile.
    pub fn advance(&mut self, alpha: f64, image: &[T]) -> bool {
        let before = self.squares;
        self.squares = dot(&self.residual, image) + self.bias_residual * self.bias_residual;
        let ratio = if self.iterations == 0 {
            0.0
        } else {
            self.squares / before
        };
        self.bias_direction = self.bias_residual + ratio * self.bias_direction;
        for (of, new) in [
            (&mut self.direction, self.residual.as_slice()),
            (&mut self.image, image),
        ] {
            of.iter_mut()
                .zip(new)
                .for_each(|(of, &new)| *of = new + T::of(ratio) * *of);
        }
        let bias = T::of(self.bias_direction);
        let [penalty, loss, bias_bend] = sums(self.direction.len(), |i| {
            let moved = (self.image[i] + bias).into();
            let bent = self.curvature[i].into() * moved;
            [self.direction[i].into() * self.image[i].into(), bent * moved, bent]
        });
        let bend = alpha * penalty + loss;
        self.iterations += 1;
        if !(bend > 0.0 && self.squares > 0.0) {
            return false;
        }
        let far = self.squares / bend;
        self.bias += far * self.bias_direction;
        self.bias_residual -= far * bias_bend;
        let (length, alpha) = (T::of(far), T::of(alpha));
        let to = self.residual.iter_mut().zip(&mut self.step).zip(&mut self.decisions);
        let by = self.direction.iter().zip(&self.image).zip(&self.curvature);
        for (((residual, step), decision), ((&direction, &image), &curvature)) in to.zip(by) {
            let moved = image + bias;
            *step += length * direction;
            *decision += length * moved;
            *residual -= length * (alpha * direction + curvature * moved);
        }
        let gain = far * self.squares;
        self.gained += gain;
        let iterations = self.iterations;
        iterations < MAX_ITERATIONS && f64::from(iterations) * gain > WORTHWHILE * self.gained
    }

    /// The objective's slope along the step, which the gains of the iterations add up to.
    pub fn slope(&self) -> f64 {
        -self.gained
    }
}

/// The inner product.
pub fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let [sum] = sums(a.len().min(b.len()), |i| [a[i].into() * b[i].into()]);
    sum
}

/// Sums over so many rows, in a fixed order: four at a time, since each addition would wait for the one before.
#[inline(always)]
pub fn sums<const M: usize>(count: usize, of: impl Fn(usize) -> [f64; M]) -> [f64; M] {
    const AT_A_TIME: usize = 4;
    let mut sums = [[0.0; M]; AT_A_TIME];
    let whole = count - count % AT_A_TIME;
    for start in (0..whole).step_by(AT_A_TIME) {
        for (l, sums) in sums.iter_mut().enumerate() {
            let terms = of(start + l);
            for m in 0..M {
                sums[m] += terms[m];
            }
        }
    }
    for i in whole..count {
        let terms = of(i);
        for m in 0..M {
            sums[0][m] += terms[m];
        }
    }
    std::array::from_fn(|m| sums.iter().map(|s| s[m]).sum())
}
