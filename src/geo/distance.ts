// How far two places on Earth are apart. Knows only coordinates.

/** Mean radius in kilometres (IUGG). */
const earthRadiusKm = 6371.0088

/**
 * Great-circle distance in kilometres by the haversine formula, right at the poles and across ±180°.
 * @param a latitude and longitude in degrees
 * @param b the same
 */
export function distanceKm(a: readonly [number, number], b: readonly [number, number]): number {
  const latitude = Math.sin(radians(b[0] - a[0]) / 2)
  const longitude = Math.sin(radians(b[1] - a[1]) / 2)
  const h = latitude * latitude + Math.cos(radians(a[0])) * Math.cos(radians(b[0])) * longitude * longitude
  return 2 * earthRadiusKm * Math.asin(Math.sqrt(Math.min(1, h)))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}
