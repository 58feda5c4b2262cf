"""The mathematics that chapters share: the loop, measurement, masks, filters, shrinkage, transforms, patches, metrics."""
