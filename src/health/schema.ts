// What operators may write under `health`. Knows the words, not what they do.
import Type from 'typebox'

const referencesSchema = Type.Array(Type.String({ reads: 'tcpTarget' }), {
  default: [],
  maxItems: 16,
  description:
    'Addresses beyond the fleet that always answer, e.g. tcp://192.0.2.1:443: when most nodes fail and these too, the fault is ours and nobody is removed. Default: none.',
})

const removalBudgetSchema = Type.Object(
  {
    share: Type.Number({
      default: 0.4,
      minimum: 0,
      maximum: 1,
      description:
        "Part of a region's weight that may go, 0 to 1. One whole site may go beside it; 0 leaves only that. Default: 0.4.",
    }),
    per: Type.String({
      reads: 'duration',
      default: '5m',
      least: '1s',
      most: '1d',
      description: 'Within which time. Default: 5m.',
    }),
  },
  { default: {}, description: 'The most that probes alone may take out of a region.' },
)

const flappingSchema = Type.Object(
  {
    halfLife: Type.String({
      reads: 'duration',
      default: '2m',
      least: '1s',
      most: '1h',
      description: 'In which time a penalty halves. Default: 2m.',
    }),
    suppressAbove: Type.Integer({
      default: 2000,
      minimum: 1,
      maximum: 1000000,
      description: 'A node with more points is held out; each fall adds 1000. Default: 2000.',
    }),
    reuseBelow: Type.Integer({
      default: 750,
      minimum: 1,
      maximum: 1000000,
      description: 'With fewer points it is let back. Default: 750.',
    }),
  },
  { default: {}, description: 'Holds out nodes that fall again and again.' },
)

export const healthSchema = Type.Object(
  {
    references: referencesSchema,
    removalBudget: removalBudgetSchema,
    slowStart: Type.String({
      reads: 'duration',
      default: '100s',
      most: '1h',
      description: 'A node that came back is given its blocks over this time, from a tenth of them on. Default: 100s.',
    }),
    flapping: flappingSchema,
  },
  { default: {}, description: 'Guards above single probes.' },
)
