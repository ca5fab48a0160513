# Fit the models of a folder (data.csv, models.json) with coxph: Rscript bench_cox.R FOLDER (writes coxph.json).
# Needs survival and jsonlite. Seconds are CPU seconds of the fits alone.
suppressMessages(library(survival))
folder <- commandArgs(TRUE)[1]
data <- read.csv(file.path(folder, 'data.csv'), check.names = FALSE)
models <- jsonlite::read_json(file.path(folder, 'models.json'))
fit <- function(model) {
  rows <- if (is.null(model$subset)) TRUE else data[[model$subset]] == 1
  x <- as.matrix(data[rows, unlist(model$columns), drop = FALSE])
  y <- Surv(data$time[rows], data$event[rows])
  before <- proc.time()
  f <- coxph(y ~ x)
  used <- proc.time() - before
  list(coef = I(unname(coef(f))), loglik = f$loglik[2], seconds = unname(used[1] + used[2]))
}
jsonlite::write_json(lapply(models, fit), file.path(folder, 'coxph.json'), digits = NA, auto_unbox = TRUE)
