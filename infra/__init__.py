"""The edge: settings, storage, video and label files, estimators, command line."""
