// LightsailAPI
