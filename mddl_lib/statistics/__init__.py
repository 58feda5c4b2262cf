"""Statistical models and how they are fitted: mixtures by EM and by variational Bayes, patches, linear and deep latent variables."""
