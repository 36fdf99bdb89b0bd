//! Products of sparse rows with several vectors at once.
//!
//! One pass over the rows is limited by memory, not by arithmetic, so it serves [`LANES`] problems side by side: the values that belong to one
//! feature lie together in one cache line. Every lane is summed in the same order whatever the other lanes hold, so grouping changes no result.

use crate::features::rows::SparseRows;

/// Problems that share a pass.
pub const LANES: usize = 8;
/// One number for each problem.
pub type Lane = [f64; LANES];

/// All zeros.
pub const ZERO: Lane = [0.0; LANES];

/// Applies a function to each lane.
#[inline(always)]
pub fn map(f: impl Fn(usize) -> f64) -> Lane {
    std::array::from_fn(f)
}

/// `sum += factor · value`, lane by lane.
#[inline(always)]
pub fn add_scaled(sum: &mut Lane, factor: &Lane, value: &Lane) {
    for k in 0..LANES {
        sum[k] += factor[k] * value[k];
    }
}

/// The inner product of two vectors of lanes.
pub fn dot(a: &[Lane], b: &[Lane]) -> Lane {
    a.iter().zip(b).fold(ZERO, |mut sum, (a, b)| {
        add_scaled(&mut sum, a, b);
        sum
    })
}

/// `X·v + bias`: one lane for each row.
pub fn forward(rows: &SparseRows, v: &[Lane], bias: &Lane, product: &mut [Lane]) {
    for (row, product) in rows.iter().zip(product) {
        let mut sum = *bias;
        for (&index, &value) in row.indices.iter().zip(row.values) {
            let (weights, value) = (&v[index as usize], f64::from(value));
            for k in 0..LANES {
                sum[k] += value * weights[k];
            }
        }
        *product = sum;
    }
}

/// `Xᵀ·r`: one lane for each feature; gives the sum of `r`, which belongs to the bias.
pub fn backward(rows: &SparseRows, r: impl Iterator<Item = Lane>, product: &mut [Lane]) -> Lane {
    transposed(rows, r, product, |value| value)
}

/// `(X∘X)ᵀ·r`: as [`backward`], with the squares of the values.
pub fn backward_squares(rows: &SparseRows, r: &[Lane], product: &mut [Lane]) -> Lane {
    transposed(rows, r.iter().copied(), product, |value| value * value)
}

#[inline(always)]
fn transposed(rows: &SparseRows, r: impl Iterator<Item = Lane>, product: &mut [Lane], of: impl Fn(f64) -> f64) -> Lane {
    product.fill(ZERO);
    let mut sum = ZERO;
    for (row, r) in rows.iter().zip(r) {
        if r == ZERO {
            continue;
        }
        for k in 0..LANES {
            sum[k] += r[k];
        }
        for (&index, &value) in row.indices.iter().zip(row.values) {
            let (weights, value) = (&mut product[index as usize], of(f64::from(value)));
            for k in 0..LANES {
                weights[k] += value * r[k];
            }
        }
    }
    sum
}
