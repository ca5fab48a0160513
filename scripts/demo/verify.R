# Independent check of the synthetic cohort: recomputes every printed statistic with R's survival.
# usage: Rscript scripts/demo/verify.R COHORT.csv VALUES.csv
# VALUES.csv: id (of the list of printed numbers) and value; extra.*: not printed, for information.
suppressMessages(library(survival))
a <- commandArgs(TRUE); d <- read.csv(a[1], stringsAsFactors = FALSE)
L <- 365.25 / 12
res <- list(); put <- function(id, v) res[[id]] <<- v
arms <- c(serplulimab = "serplulimab", chemotherapy = "chemotherapy")
d$S <- as.integer(d$arm == "serplulimab"); d$e1 <- 1L; d$pfs1 <- d$pfs1_days / L
d$aa <- as.integer(d$antiangiogenic == "yes"); d$ch <- as.integer(d$second_line_chemo == "yes")
yes <- function(x) as.integer(x == "yes")
np <- function(pre, x, totals = TRUE) {
  if (totals) { put(paste0(pre, ".total.n"), sum(x)); put(paste0(pre, ".total.pct"), 100 * mean(x)) }
  for (g in arms) { k <- d$arm == g; put(paste0(pre, ".", g, ".n"), sum(x[k])); put(paste0(pre, ".", g, ".pct"), 100 * mean(x[k])) }
}
cp <- function(x, force2 = FALSE) {           # Pearson without correction, Fisher if an expected count < 5
  t <- table(x, d$arm); if (nrow(t) < 2) return(1)
  ex <- suppressWarnings(chisq.test(t, correct = FALSE))
  if (min(ex$expected) >= 5) ex$p.value else fisher.test(t, workspace = 2e7)$p.value
}
for (s in c("table1.header.n", "table2.header.n", "results.n")) { put(paste0(s, ".total"), nrow(d)); put(paste0(s, ".serplulimab"), sum(d$S)); put(paste0(s, ".chemotherapy"), sum(1 - d$S)) }
for (g in c("total", arms)) { x <- if (g == "total") d$age else d$age[d$arm == g]; put(paste0("table1.age.", g, ".mean"), mean(x)); put(paste0("table1.age.", g, ".sd"), sd(x)) }
put("table1.age.p", t.test(age ~ arm, d, var.equal = TRUE)$p.value)
np("table1.sex.male", d$sex == "male"); np("table1.sex.female", d$sex == "female"); put("table1.sex.p", cp(d$sex))
for (k in c(70, 80, 90, 100)) np(paste0("table1.kps.", k), d$kps == k); put("table1.kps.p", cp(d$kps))
for (k in 0:1) np(paste0("table1.ecog.", k), d$ecog == k); put("table1.ecog.p", cp(d$ecog))
np("table1.smoking.smoker", d$smoking == "yes"); np("table1.smoking.nonsmoker", d$smoking == "no"); put("table1.smoking.p", cp(d$smoking))
for (k in c("durvalumab", "atezolizumab")) np(paste0("table1.first_io.", k), d$first_line_ici == k); put("table1.first_io.p", cp(d$first_line_ici))
np("table1.first_chemo.ep", d$first_line_chemo == "EP"); np("table1.first_chemo.ec", d$first_line_chemo == "EC"); put("table1.first_chemo.p", cp(d$first_line_chemo))
np("table1.first_rt", d$rt1 == "yes"); put("table1.first_rt.p", cp(d$rt1))
for (k in c("before", "after", "synchronous")) { np(paste0("table1.rt_timing.", k), d$rt1_timing == k); put(paste0("table1.rt_timing.", k, ".p"), cp(d$rt1_timing == k)) }
rs <- c(secondary = "secondary resistance", primary = "primary resistance", ae = "AE")
for (k in names(rs)) { np(paste0("table1.reason.", k), d$reason == rs[k]); put(paste0("results.reason.", k, ".n"), sum(d$reason == rs[k])); put(paste0("results.reason.", k, ".pct"), 100 * mean(d$reason == rs[k])) }
put("table1.reason.p", cp(d$reason)); put("results.reason.p", cp(d$reason))
pat <- function(id1, id2, g, lab) { x <- d$second_line_pattern[d$arm == g] == lab
  for (id in c(id1, id2)) { put(paste0(id, ".n"), sum(x)); put(paste0(id, ".pct"), 100 * mean(x)) } }
pat("table1.pattern.serp_monotherapy.serplulimab", "tableSI.serp.monotherapy", "serplulimab", "monotherapy")
pat("table1.pattern.serp_plus_chemo.serplulimab", "tableSI.serp.plus_chemo", "serplulimab", "combined with chemotherapy")
pat("table1.pattern.serp_plus_anlotinib_chemo.serplulimab", "tableSI.serp.plus_antiangio_chemo", "serplulimab", "combined with anlotinib and chemotherapy")
pat("table1.pattern.serp_plus_anlotinib.serplulimab", "tableSI.serp.plus_antiangio", "serplulimab", "combined with anlotinib")
pat("table1.pattern.chemo_monotherapy.chemotherapy", "tableSI.chemo.monotherapy", "chemotherapy", "monotherapy")
pat("table1.pattern.chemo_plus_anlotinib.chemotherapy", "tableSI.chemo.plus_antiangio", "chemotherapy", "combined with anlotinib")
for (g in arms) for (k in c(ep = "EP", nab_paclitaxel = "nab-paclitaxel", ec = "EC")) {
  nm <- c(EP = "ep", `nab-paclitaxel` = "nab_paclitaxel", EC = "ec")[k]; pre <- paste0("tableSI.", if (g == "serplulimab") "serp" else "chemo", "_regimen.", nm)
  x <- d$second_line_regimen[d$arm == g] == k; put(paste0(pre, ".n"), sum(x)); put(paste0(pre, ".pct"), 100 * mean(x)) }
for (g in arms) { k <- d$arm == g
  for (s in c("tableSI", "discussion")) put(paste0(s, if (s == "tableSI") ".antiangio." else ".antiangio.pct.", g, if (s == "tableSI") ".pct" else ""), 100 * mean(d$aa[k]))
  put(paste0("tableSI.radiotherapy.", g, ".pct"), 100 * mean(d$rt2[k] == "yes"))
  put(paste0("tableSI.rt_synchronous.", g, ".pct"), 100 * mean(d$rt2_timing[k & d$rt2 == "yes"] == "synchronous"))
  put(paste0("tableSI.pci.", g, ".n"), sum(d$pci[k] == "yes"))
  for (s in c("results", "discussion")) { put(paste0(s, ".smokers.pct.", g), 100 * mean(d$smoking[k] == "yes")); put(paste0(s, ".first_rt.pct.", g), 100 * mean(d$rt1[k] == "yes")) } }
put("tableSI.antiangio.p", cp(d$aa)); put("discussion.antiangio.p", cp(d$aa)); put("tableSI.radiotherapy.p", cp(d$rt2))
r2 <- d[d$rt2 == "yes", ]; put("tableSI.rt_synchronous.p", fisher.test(table(r2$rt2_timing == "synchronous", r2$arm))$p.value)
for (s in c("results", "discussion")) { put(paste0(s, ".smokers.p"), cp(d$smoking)); put(paste0(s, ".first_rt.p"), cp(d$rt1)) }
put("results.first_regimen.p", cp(d$first_line_ici))
put("results.age_sex_kps_ecog.p_all", min(t.test(age ~ arm, d, var.equal = TRUE)$p.value, cp(d$sex), cp(d$kps), cp(d$ecog)))
for (k in c("CR", "PR", "SD", "PD")) np(paste0("table2.", tolower(k)), d$best_response == k)
orr <- d$best_response %in% c("CR", "PR"); dcr <- d$best_response %in% c("CR", "PR", "SD"); np("table2.orr", orr); np("table2.dcr", dcr)
put("table2.orr.p", cp(orr)); put("table2.dcr.p", cp(dcr)); put("results.orr.p", cp(orr)); put("results.dcr.p", cp(dcr))
for (g in arms) { put(paste0("results.orr.", g, ".pct"), 100 * mean(orr[d$arm == g])); put(paste0("results.dcr.", g, ".pct"), 100 * mean(dcr[d$arm == g])) }
sites <- c("brain", "liver", "lung", "adrenal", "bone")
anym <- Reduce(`|`, lapply(sites, function(s) d[[paste0(s, "_met")]] == "yes"))
for (s in c("any", sites)) { x <- if (s == "any") anym else d[[paste0(s, "_met")]] == "yes"
  for (g in arms) put(paste0("results.metastasis.", s, ".", g, ".pct"), 100 * mean(x[d$arm == g])); put(paste0("results.metastasis.", s, ".p"), cp(x)) }
# ---- survival ----
km <- function(t, e, k = rep(TRUE, nrow(d))) unname(summary(survfit(Surv(t[k], e[k]) ~ 1, conf.type = "log"))$table[c("median", "0.95LCL", "0.95UCL")]) / L
put3 <- function(pre, v) { put(paste0(pre, ".median"), v[1]); put(paste0(pre, ".ci_low"), v[2]); put(paste0(pre, ".ci_high"), v[3]) }
lr <- function(f, data) { s <- survdiff(f, data); pchisq(s$chisq, length(s$n) - 1, lower.tail = FALSE) }
for (g in c("total", arms)) { k <- if (g == "total") rep(TRUE, nrow(d)) else d$arm == g
  v <- km(d$pfs1_days, d$e1, k); put3(paste0("table1.pfs1.", g), v); if (g != "total") put(paste0("results.pfs1.median.", g), v[1])
  put(paste0("results.followup.", g, ".median"), km(d$os_days, 1 - d$os_event, k)[1]); put(paste0("results.followup.", g, ".min"), min(d$os_days[k]) / L); put(paste0("results.followup.", g, ".max"), max(d$os_days[k]) / L) }
p <- lr(Surv(pfs1_days, e1) ~ arm, d); put("table1.pfs1.p", p); put("results.pfs1.p", p)
d$reasonf <- relevel(factor(d$reason), ref = "secondary resistance")
cox <- function(f, data = d) { s <- summary(coxph(f, data, ties = "efron")); cbind(s$conf.int[, c(1, 3, 4), drop = FALSE], s$coefficients[, 5]) }
prow <- function(pre, r) { put(paste0(pre, ".hr"), r[1]); put(paste0(pre, ".ci_low"), r[2]); put(paste0(pre, ".ci_high"), r[3]); put(paste0(pre, ".p"), r[4]) }
for (e in c("pfs", "os")) {
  tab <- if (e == "pfs") "table3" else "table4"
  d$t <- d[[paste0(e, "_days")]]; d$ev <- d[[paste0(e, "_event")]]; Sv <- Surv(d$t, d$ev); d$Sv <- Sv
  for (g in arms) { v <- km(d$t, d$ev, d$arm == g); put3(paste0("results.", e, ".", g), v); put(paste0("abstract.", e, ".median.", g), v[1]); if (e == "pfs" && g == "chemotherapy") put("discussion.pfs.median.chemotherapy", v[1]) }
  u <- cox(Sv ~ S); pl <- lr(Sv ~ S, d); r <- c(u[1, 1:3], pl)
  prow(paste0(tab, ".uni.second_line.serplulimab"), r); prow(paste0("results.", e), r); prow(paste0("abstract.", e, ".uni"), r)
  one <- function(id, x) { d$x <- x; prow(paste0(tab, ".uni.", id), cox(Sv ~ x)[1, ]) }
  one("age", d$age); one("sex.female", d$sex == "female"); one("kps.gt80", d$kps > 80); one("ecog.1", d$ecog); one("smoking", d$smoking == "yes")
  one("first_io.atezolizumab", d$first_line_ici == "atezolizumab"); one("first_rt", d$rt1 == "yes"); one("antiangio", d$aa); one("second_chemo", d$ch)
  one("pfs1", d$pfs1); one("pfs1.gt8.62", d$pfs1 > 8.62); one("brain_met", d$brain_met == "yes"); one("liver_met", d$liver_met == "yes")
  m <- cox(Sv ~ reasonf); prow(paste0(tab, ".uni.reason.primary"), m["reasonfprimary resistance", ]); prow(paste0(tab, ".uni.reason.ae"), m["reasonfAE", ])
  d$rt <- yes(d$rt1); d$br <- yes(d$brain_met)
  m <- if (e == "pfs") cox(Sv ~ rt + reasonf + S + pfs1 + br) else cox(Sv ~ rt + reasonf + S + pfs1)
  pre <- paste0(tab, ".multi."); prow(paste0(pre, "first_rt"), m["rt", ]); prow(paste0(pre, "reason.primary"), m["reasonfprimary resistance", ]); prow(paste0(pre, "reason.ae"), m["reasonfAE", ])
  for (q in c(paste0(pre, "second_line.serplulimab"), paste0("abstract.", e, ".multi"), paste0("results.multi.", e, ".serplulimab"))) prow(q, m["S", ])
  prow(paste0(pre, "pfs1"), m["pfs1", ])
  if (e == "pfs") { prow(paste0(pre, "brain_met"), m["br", ]); prow("results.multi.pfs.pfs1", m["pfs1", ]) } else prow("results.multi.os.primary_resistance", m["reasonfprimary resistance", ])
  sub <- function(k) { x <- d[k, ]; x$Sv <- Sv[k]; cox(Sv ~ S, x)[1, ] }
  k <- d$reason == "secondary resistance"; r <- sub(k); prow(paste0("subgroup.", e, ".secondary_resistance"), r); put(paste0("subgroup.", e, ".secondary_resistance_repeat.p"), r[4])
  for (g in arms) put(paste0("subgroup.", e, ".secondary_resistance.median.", g), km(d$t, d$ev, k & d$arm == g)[1])
  groups <- list(age_le65 = d$age <= 65, age_gt65 = d$age > 65, male = d$sex == "male", female = d$sex == "female", smoker = d$smoking == "yes", non_smoker = d$smoking == "no",
    ecog0 = d$ecog == 0, ecog1 = d$ecog == 1, kps_le80 = d$kps <= 80, kps_gt80 = d$kps > 80, first_atezolizumab = d$first_line_ici == "atezolizumab", first_durvalumab = d$first_line_ici == "durvalumab",
    first_rt = d$rt1 == "yes", no_first_rt = d$rt1 == "no", pfs1_le8.62 = d$pfs1 <= 8.62, pfs1_gt8.62 = d$pfs1 > 8.62, brain_met = d$brain_met == "yes", no_brain_met = d$brain_met == "no", liver_met = d$liver_met == "yes", no_liver_met = d$liver_met == "no")
  sig <- if (e == "pfs") c("age_le65", "male", "female", "non_smoker", "first_atezolizumab", "pfs1_le8.62", "brain_met", "liver_met") else c("male", "smoker", "ecog0", "pfs1_le8.62", "brain_met", "liver_met")
  oth <- c()
  for (g in names(groups)) { r <- sub(groups[[g]]); if (g %in% sig) put(paste0("subgroup.", e, ".", g, ".p"), r[4]) else { oth <- c(oth, r[4]); put(paste0("extra.", e, ".", g, ".p"), r[4]); put(paste0("extra.", e, ".", g, ".hr"), r[1]) } }
  put(paste0("subgroup.", e, ".all_other.p"), min(oth))
  for (g in arms) put(paste0("supp.", e, ".pattern.", g, ".logrank_p"), lr(Surv(t, ev) ~ second_line_pattern, d[d$arm == g, ]))
  put(paste0("supp.", e, ".antiangio.logrank_p"), lr(Surv(t, ev) ~ interaction(arm, aa), d)); put(paste0("supp.", e, ".radiotherapy.logrank_p"), lr(Surv(t, ev) ~ interaction(arm, rt2), d))
}
put3("supp.pfs.serp_plus_antiangio", km(d$pfs_days, d$pfs_event, d$S == 1 & d$aa == 1)); put3("supp.pfs.serp_plus_rt", km(d$pfs_days, d$pfs_event, d$S == 1 & d$rt2 == "yes"))
put("extra.events.pfs", sum(d$pfs_event)); put("extra.events.os", sum(d$os_event))
put("extra.check.consistent", as.integer(all(d$pfs_days <= d$os_days) && all(d$pfs_event == 1 | d$os_event == 0) && all(d$os_days > 61)))
write.csv(data.frame(id = names(res), value = format(unlist(res), digits = 12, trim = TRUE)), a[2], row.names = FALSE, quote = FALSE)
