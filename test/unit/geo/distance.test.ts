// Whether distances on the globe are right where formulas go wrong. Knows only coordinates.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distanceKm } from '../../../src/geo/distance.ts'

function direction([latitude, longitude]: readonly [number, number]): number[] {
  const [up, around] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180]
  return [Math.cos(up) * Math.cos(around), Math.cos(up) * Math.sin(around), Math.sin(up)]
}

const halfway = Math.PI * 6371.0088

describe('distanceKm', () => {
  it('is the angle between the two directions from the centre', () => {
    const place = fc.tuple(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
    )
    const isAngle = fc.property(place, place, (a, b) => {
      const [u, v] = [direction(a), direction(b)]
      const angle = 2 * Math.atan2(Math.hypot(...u.map((x, i) => x - v[i])), Math.hypot(...u.map((x, i) => x + v[i])))
      expect(Math.abs(distanceKm(a, b) - angle * 6371.0088)).toBeLessThan(0.1)
    })
    fc.assert(isAngle)
  })

  it('is short across 180°', () => {
    expect(distanceKm([0, 179.5], [0, -179.5])).toBeCloseTo(halfway / 180, 6)
    expect(distanceKm([-17, 180], [-17, -180])).toBeCloseTo(0, 6)
  })

  it('does not care for the longitude of a pole', () => {
    expect(distanceKm([90, 0], [90, 123])).toBeCloseTo(0, 6)
    expect(distanceKm([90, 0], [-90, 77])).toBeCloseTo(halfway, 6)
  })

  it('is half the circumference to the antipodes and 0 to the same place', () => {
    expect(distanceKm([12.5, 40], [-12.5, -140])).toBeCloseTo(halfway, 3)
    expect(distanceKm([12.5, 40], [12.5, 40])).toBe(0)
  })

  it('is the same in both directions', () => {
    expect(distanceKm([35.7, 139.7], [-33.9, 18.4])).toBe(distanceKm([-33.9, 18.4], [35.7, 139.7]))
  })
})
