// What operators may write under `health`. Knows the words, not what they do.
import Type from 'typebox'

export const healthSchema = Type.Object(
  {
    references: Type.Optional(Type.Never({ notBuilt: 'remove it' })),
    removalBudget: Type.Optional(Type.Never({ notBuilt: 'remove it; when a whole rank is down all of it answers' })),
    slowStart: Type.Optional(Type.Never({ notBuilt: 'remove it; a higher `rise` holds a node back longer' })),
    flapping: Type.Optional(Type.Never({ notBuilt: 'remove it; a higher `rise` holds a node back longer' })),
  },
  { default: {}, description: 'Guards above single probes.' },
)
