// Where a set of weighted points has its centre. Must not know countries or addresses.

export interface Weighted {
  readonly at: readonly [number, number]
  readonly weight: number
}

/** The mean of the points on the sphere (±180° is no edge), to a hundredth of a degree; null without any weight. */
export function centreOf(points: Iterable<Weighted>): [number, number] | null {
  let x = 0
  let y = 0
  let z = 0
  for (const { at, weight } of points) {
    const latitude = radians(at[0])
    const longitude = radians(at[1])
    x += weight * Math.cos(latitude) * Math.cos(longitude)
    y += weight * Math.cos(latitude) * Math.sin(longitude)
    z += weight * Math.sin(latitude)
  }
  if (x === 0 && y === 0 && z === 0) return null
  return [hundredth(Math.atan2(z, Math.hypot(x, y))), hundredth(Math.atan2(y, x))]
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

function hundredth(angle: number): number {
  return Math.round((angle * 18000) / Math.PI) / 100
}
