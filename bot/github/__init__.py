"""GitHub: what it tells us (`events`), what we ask of it (`client`) and what we do there (`forge`)."""
