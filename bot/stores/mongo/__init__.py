"""The store on MongoDB. Only this package imports the driver."""
