// The catalog: plans.json and blueprints/, read, checked and priced.
