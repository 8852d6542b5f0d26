/** Points have three digits after the point, and are reckoned in whole thousandths: the same sums everywhere. */

export function thousandths(points: number): number {
  return Math.round(points * 1000);
}

/** The share of points; something that is worth something is never rounded to nothing. */
export function earnedOf(points: number, share: number): number {
  const whole = thousandths(points);
  const earned = Math.round(whole * share);
  return (share > 0 && whole > 0 ? Math.max(earned, 1) : earned) / 1000;
}

export function sumOf(points: readonly number[]): number {
  return points.reduce((sum, one) => sum + thousandths(one), 0) / 1000;
}

export function less(points: number, penalty: number): number {
  return Math.max(0, thousandths(points) - thousandths(penalty)) / 1000;
}
