# R reference values of Cox models with covariates that change: Rscript time_varying.R (writes time_varying.json).
suppressMessages(library(survival)); source('../r/json17.R')
n7 <- function(x) unname(as.numeric(x))
ctl <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
o <- list(R = R.version.string, survival = as.character(packageVersion('survival')))
cx <- function(f) { s <- summary(f)
  list(coef = I(n7(coef(f))), var = I(n7(f$var)), loglik = I(n7(f$loglik)), score = n7(f$score), wald = n7(f$wald.test),
    low = I(n7(s$conf.int[, 3])), high = I(n7(s$conf.int[, 4])), p = I(n7(s$coefficients[, 'Pr(>|z|)'])), n = f$n, events = f$nevent) }

# heart transplantation (Crowley and Hu 1977): transplant changes from 0 to 1
h <- heart; h$transplant <- as.numeric(h$transplant) - 1
set.seed(3); h$weight <- round(runif(nrow(h), .3, 2), 2)
o$heart <- list(data = lapply(h[, c('start', 'stop', 'event', 'age', 'year', 'surgery', 'transplant', 'id', 'weight')], I), fits = list(
  efron = cx(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, h, control = ctl)), breslow = cx(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, h, ties = 'breslow', control = ctl)),
  weights = cx(coxph(Surv(start, stop, event) ~ age + transplant, h, weights = weight, control = ctl)), cluster = cx(coxph(Surv(start, stop, event) ~ age + transplant, h, cluster = id, control = ctl)),
  strata = cx(coxph(Surv(start, stop, event) ~ age + year + transplant + strata(surgery), h, control = ctl))))

# late entry with heavy ties: no row starts where its stratum does
n <- 400; e <- data.frame(start = sample(0:25, n, TRUE), x = round(rnorm(n), 2), arm = rbinom(n, 1, .5), site = sample(1:3, n, TRUE))
e$stop <- e$start + sample(1:20, n, TRUE); e$event <- rbinom(n, 1, .5)
o$late_entry <- list(data = lapply(e, I), fits = list(efron = cx(coxph(Surv(start, stop, event) ~ x + arm, e, control = ctl)), strata = cx(coxph(Surv(start, stop, event) ~ x + arm + strata(site), e, control = ctl))))

# one status that is first seen on a day: as tmerge splits it (here by hand), beside the status as if known from the start
v <- veteran; v$id <- seq_len(nrow(v)); v$seen <- ifelse(v$id %% 3 == 0, pmax(0, round(v$time * c(.4, .8, 1, 1.2)[1 + v$id %% 4])), NA)
base <- tmerge(v[, c('id', 'trt', 'celltype', 'age')], v, id = id, event = event(time, status))
split <- tmerge(base, v, id = id, met = tdc(seen))
v$ever <- as.numeric(!is.na(v$seen))
lm <- function(day) { l <- subset(v, time > day); l$met <- as.numeric(!is.na(l$seen) & l$seen <= day); l$left <- l$time - day; c(list(day = day, positive = sum(l$met)), cx(coxph(Surv(left, status) ~ met, l, control = ctl))) }
o$status <- list(data = lapply(v[, c('time', 'status', 'trt', 'age', 'ever')], I), seen = I(ifelse(is.na(v$seen), -1, v$seen)), celltype = I(as.character(v$celltype)), fits = list(
  fixed = cx(coxph(Surv(time, status) ~ ever, v, control = ctl)), time_varying = cx(coxph(Surv(tstart, tstop, event) ~ met, split, control = ctl)),
  fixed_with_others = cx(coxph(Surv(time, status) ~ ever + age + trt, v, control = ctl)), time_varying_with_others = cx(coxph(Surv(tstart, tstop, event) ~ met + age + trt, split, control = ctl))),
  landmark = lapply(c(30, 90), lm))
wj(o, 'time_varying.json')
